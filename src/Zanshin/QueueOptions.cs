namespace Zanshin;

/// <summary>The options of one queue. Set in code; the configuration section <c>Zanshin:Queues:NAME</c> has the last word.</summary>
public sealed class QueueOptions
{
    /// <summary>The visibility timeout that is asked for and kept: whole seconds, 1 s to 12 h. Default: the queue's own, read at start.</summary>
    public TimeSpan? Visibility { get; set; }

    /// <summary>How long a receive waits for messages: whole seconds, 0 to 20 s. Default 20 s. A stop waits for the open one.</summary>
    public TimeSpan WaitTime { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long one run may take before its token is cancelled (<see cref="CancelReason.TimeLimit"/>). Default: no limit but SQS's 12 hours.</summary>
    public TimeSpan? TimeLimit { get; set; }

    /// <summary>
    /// A handler that runs longer than this, or goes on for 30 s (or this, where it is less) after its token was cancelled, is taken for
    /// stuck: it is logged with its message and where it stands, again each time it has taken twice as long, and its slot counts as
    /// lost until it ends. Nothing is ended by it. Default 10 minutes; over 0, <see cref="Timeout.InfiniteTimeSpan"/> for never.
    /// </summary>
    public TimeSpan StuckAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>What <see cref="Outcome.Reject"/> does. Default <see cref="RejectPolicy.DeadLetter"/>.</summary>
    public RejectPolicy Reject { get; set; }
}
