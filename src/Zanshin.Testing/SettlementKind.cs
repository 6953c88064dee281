namespace Zanshin.Testing;

/// <summary>What becomes of a message in its queue.</summary>
public enum SettlementKind
{
    /// <summary>It is deleted: the work is done.</summary>
    Done,

    /// <summary>It becomes visible again after the delay.</summary>
    Retry,

    /// <summary>It goes to the dead-letter queue, or is deleted, by the queue's <see cref="RejectPolicy"/>.</summary>
    Reject,

    /// <summary>It goes back unfinished and is visible at once: the worker stops.</summary>
    Returned,

    /// <summary>Nothing is sent: the lease is lost, and the message is another receiver's.</summary>
    None,
}
