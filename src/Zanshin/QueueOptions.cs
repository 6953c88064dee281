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

    /// <summary>How many of its group's turns the queue gets against the others; with strict priority, its rank. 1 to 1,000; default 1.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>How many slots of its group the queue may take. 1 to 10,000; default: all.</summary>
    public int? Concurrency { get; set; }

    /// <summary>
    /// How long the queue rests after an empty receive. On a FIFO queue the end of a message ends the rest, since its group may have more. 0 to 15 minutes; default: its
    /// group's (<see cref="GroupOptions.Delay"/>).
    /// </summary>
    public TimeSpan? Delay { get; set; }

    /// <summary>
    /// True if its handlers run on threads of the queue's own instead of on the thread pool: for code that blocks (older database drivers, file access, <c>.Result</c>). A run has such a thread for
    /// its middleware, its handler, and what these await: code after an <c>await</c> comes back to one of them, and only after <c>ConfigureAwait(false)</c> it is on the pool. There are never more than the queue has
    /// runs at once; they are named after the queue, used again, and end at the worker's stop. On virtual time everything runs on its one thread. Default false; a handler may say
    /// otherwise (<see cref="HandlerBuilder.RunOnOwnThreads"/>).
    /// </summary>
    public bool RunOnOwnThreads { get; set; }

    /// <summary>How many messages of the queue may start in a second (batches, where it is handled in batches), smoothly, a second's worth at once at most. Over 0 to 1,000,000; default no limit.</summary>
    public double? RateLimit { get; set; }

    /// <summary>What <see cref="Outcome.Reject"/> does. Default <see cref="RejectPolicy.DeadLetter"/>.</summary>
    public RejectPolicy Reject { get; set; }

    /// <summary>
    /// From which receive count on a message is run apart that has come again although this process knows of no reason (it was neither retried nor given back here, and came back later than half
    /// a visibility timeout): one at a time, at first with nothing else of the queue received or run beside it, because it may be what has ended another process, and each crash counts for all that are held.
    /// As such messages end, more of them run at once. 2 to 1,000, or 0 for never; default 2.
    /// </summary>
    public int RunApartFrom { get; set; } = 2;

    internal QueueOptions Copy() => (QueueOptions)MemberwiseClone();
}
