namespace Zanshin;

/// <summary>One queue of a worker at one moment; the counts are since the worker's start.</summary>
public sealed record QueueStatus
{
    public required string Name { get; init; }

    /// <summary>The name of its group; <c>default</c> for the worker's own.</summary>
    public required string Group { get; init; }

    /// <inheritdoc cref="QueueOptions.Weight"/>
    public required int Weight { get; init; }

    /// <summary>Paused by itself or with its group: nothing is received from it.</summary>
    public required bool Paused { get; init; }

    /// <summary>Slots that its handlers take.</summary>
    public required int SlotsUsed { get; init; }

    /// <summary>Of those: by handlers that look stuck (<see cref="QueueOptions.StuckAfter"/>).</summary>
    public required int SlotsLost { get; init; }

    /// <summary>How many slots it may take: all of its group's, fewer where it has a limit, or while its handlers keep failing.</summary>
    public required int SlotsAllowed { get; init; }

    /// <summary>Messages that are handled: one for each slot used, or a batch.</summary>
    public required int Running { get; init; }

    public required int Waiting { get; init; }

    public required int Settling { get; init; }

    /// <summary>Receives that are open now: one long poll while the queue has nothing, more under load.</summary>
    public required int OpenReceives { get; init; }

    /// <summary>Leases held now: of running, waiting and settling messages.</summary>
    public required int LeasesHeld { get; init; }

    public required long Received { get; init; }

    /// <summary>Handled with <see cref="Outcome.Done"/>.</summary>
    public required long Done { get; init; }

    public required long Retried { get; init; }

    /// <summary>Rejected, whatever the queue's <see cref="QueueOptions.Reject"/> made of that; those that failed at their last receive and were copied to the dead-letter queue included.</summary>
    public required long Rejected { get; init; }

    /// <summary>
    /// Messages that went to the dead-letter queue, as far as the worker knows: copied there with the reason, or not done at their last receive, after which SQS moves
    /// them. Not among them: what a crash or a lost lease leaves to SQS at its last receive.
    /// </summary>
    public required long DeadLettered { get; init; }

    /// <summary>Messages not done at their last receive that were not copied: SQS moves them to the dead-letter queue, without a reason.</summary>
    public required long DeadLetteredBySqs { get; init; }

    /// <summary>Given back unfinished: by a stop, or because another message of its batch lost its lease.</summary>
    public required long Returned { get; init; }

    /// <summary>Runs that ended with an exception.</summary>
    public required long FailedRuns { get; init; }

    /// <summary>Received with a receive count over 1.</summary>
    public required long Redelivered { get; init; }

    /// <summary>Done or rejected, but their delete was not confirmed: the lease was lost first, the stop's time was over, or SQS refused it.</summary>
    public required long Unconfirmed { get; init; }

    public required long LeasesExtended { get; init; }

    public required long LeasesLost { get; init; }

    /// <summary>Runs cancelled at their time limit.</summary>
    public required long TimeLimits { get; init; }

    /// <summary>Requests by kind; each is one call, of up to ten entries.</summary>
    public required long Receives { get; init; }

    public required long EmptyReceives { get; init; }

    public required long Deletes { get; init; }

    public required long VisibilityChanges { get; init; }

    /// <summary>Copies of rejected messages to the dead-letter queue, and hops of messages with a long delay.</summary>
    public required long Sends { get; init; }

    /// <summary>
    /// Requests for the queue's attributes: where a decision rests on its redrive policy and what is known is old (a second for a copy to the dead-letter queue, 5 minutes for a retry); and
    /// where <see cref="ZanshinOptions.BacklogInterval"/> asks for numbers, those of its dead-letter queue too.
    /// </summary>
    public required long AttributeReads { get; init; }

    /// <summary>All requests of the worker to this queue.</summary>
    public long Requests => Receives + Deletes + VisibilityChanges + Sends + AttributeReads;

    /// <summary>The requests as SQS bills them: one for every 64 KiB of what a request carries, and at least one.</summary>
    public required long BilledRequests { get; init; }

    /// <summary>What they cost, in US dollars, at <see cref="ZanshinOptions.PricePerMillionRequests"/>.</summary>
    public required decimal Cost { get; init; }

    /// <summary>Requests for each message that was done or rejected; 0 before the first.</summary>
    public double RequestsPerMessage => Done + Rejected > 0 ? (double)Requests / (Done + Rejected) : 0;

    /// <summary>Their price for each message that was done or rejected, in US dollars; 0 before the first.</summary>
    public decimal CostPerMessage => Done + Rejected > 0 ? Cost / (Done + Rejected) : 0;

    /// <summary>Of the requests: repeated ones.</summary>
    public required long RepeatedRequests { get; init; }

    /// <summary>The queue's messages at SQS; null where SQS is not asked for them (<see cref="ZanshinOptions.BacklogInterval"/>), or has not answered.</summary>
    public required QueueBacklog? Backlog { get; init; }

    /// <summary>
    /// Healthy, unless something is wrong (<see cref="Trouble"/>): then degraded; unhealthy when receives have
    /// failed for a minute and more, or the queue has not been asked for so long although it could be.
    /// </summary>
    public required QueueHealth Health { get; init; }

    /// <summary>What is wrong at present, or null: calls that fail, stuck handlers, handlers that keep failing.</summary>
    public required string? Trouble { get; init; }

    /// <summary>How long ago a receive was last answered.</summary>
    public required TimeSpan SinceLastPoll { get; init; }

    /// <summary>How long receives have been tried in vain; zero when the last one worked.</summary>
    public required TimeSpan FailingFor { get; init; }

    /// <summary>
    /// How long the queue has not been asked although there is room for what it has; zero while a receive is open or pauses after a failure,
    /// while slots are taken, and in a quiet or stopping worker. Over a few seconds it should never be: the receive loop stands still.
    /// </summary>
    public required TimeSpan StandsStillFor { get; init; }
}
