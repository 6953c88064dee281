namespace Zanshin.Observing;

/// <summary>What is counted for each queue. The order is that of <see cref="QueueCounts"/>' cells.</summary>
internal enum Count
{
    // Requests
    Receives,
    Deletes,
    VisibilityChanges,
    Sends,
    AttributeReads,

    /// <summary>Of the requests above: those that repeat one that failed.</summary>
    RepeatedRequests,

    EmptyReceives,

    /// <summary>What SQS bills beyond the requests themselves: one for every 64 KiB of a payload after the first.</summary>
    ExtraBilled,

    PollsAbandoned,

    // Messages
    Received,
    Done,
    Retried,
    Rejected,

    /// <summary>Of the rejected: copied to the dead-letter queue.</summary>
    Copied,

    /// <summary>Not done at their last receive, and not copied: SQS moves them to the dead-letter queue.</summary>
    LeftToRedrive,

    Returned,
    FailedRuns,
    Redelivered,
    Adopted,

    /// <summary>Done or rejected, and its delete was not confirmed.</summary>
    Unconfirmed,

    /// <summary>Returns and deletes that could not be confirmed before the lease's deadline.</summary>
    UnsettledLost,

    // Leases
    LeasesExtended,
    LeasesLost,
    TimeLimits,

    /// <summary>Breaks of the ledger's equations: always zero, or there is a bug.</summary>
    BrokenInvariants,
}
