using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Dispatching;

#pragma warning disable CA1001 // The token source lives until EndAsync.
/// <summary>One call of a handler, on one slot: with one message, or with a batch.</summary>
internal sealed class Run
#pragma warning restore CA1001
{
    /// <summary>So long a handler may take to heed its cancelled token.</summary>
    private static readonly TimeSpan HeedsWithin = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new(); // guards the cancellation: _over, _cancelling, CancelReason and CancelledAt
    private readonly CancellationTokenSource _cancel = new();
    private Task _cancelling = Task.CompletedTask;
    private bool _over;

    public Run(QueueLine line, Delivery[] deliveries, TimeSpan began)
    {
        (Line, Deliveries, Began) = (line, deliveries, began);
        Parts = deliveries.Length == 1 ? [new Part(deliveries)] : Part.Split(deliveries);
    }

    public QueueLine Line { get; }

    public Delivery[] Deliveries { get; }

    /// <summary>Its handler takes batches: also where this one has a single message.</summary>
    public bool IsBatch => Line.Batches is not null;

    /// <summary>What ends together: each message by itself, those of one FIFO group in their order.</summary>
    public Part[] Parts { get; }

    public TimeSpan Began { get; }

    public CancellationToken Token => _cancel.Token;

    public CancelReason CancelReason { get; private set; }

    public TimeSpan CancelledAt { get; private set; } = TimeSpan.MaxValue;

    /// <summary>How long its handler may take: the handler's own limit, else the queue's. Set before it runs.</summary>
    public TimeSpan? TimeLimit { get; set; }

    /// <summary>How the handler ended: well, with a failure, or null when neither can be said.</summary>
    public bool? Well { get; set; }

    /// <summary>The exception that it ended with; null for none, and when its cancellation by a stop or a lost lease ended it.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Where the run has got to: which middleware or handler was entered last.</summary>
    public string Stage { get; set; } = "its scope";

    /// <summary>The thread that the run has not let go of yet: 0 once it has awaited for the first time.</summary>
    public int FirstThread { get; set; }

    /// <summary>It has begun on a thread. Set by its life, read under the dispatcher's lock.</summary>
    public bool HasThread
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>The threads of its queue's own that its handler runs on; null for the pool's.</summary>
    public OwnThreads? Threads { get; set; }

    /// <summary>What it holds of rate limits.</summary>
    public required Permit[] Permits { get; init; }

    /// <summary>The lives of earlier deliveries of its messages, which are to end first.</summary>
    public required Task[] Earlier { get; init; }

    // Owned by the dispatcher's lock.

    /// <summary>Its messages were given back by a stop although its handler still runs: what comes of it settles nothing.</summary>
    public bool Orphaned { get; set; }

    /// <summary>Reported: its slot counts as lost.</summary>
    public bool Stuck { get; set; }

    /// <summary>Nothing else of its queue runs or is about to: what it settles should not wait for company.</summary>
    public bool Urgent { get; set; }

    /// <summary>As far as it is known.</summary>
    public string Where => FirstThread is > 0 and int thread ? $"{Stage}, which has not awaited yet and blocks thread {thread}" : Stage;

    /// <summary>Cancels the run, unless it is over; the first reason stays. Whether this was the first.</summary>
    public bool Cancel(CancelReason reason)
    {
        lock (_lock)
        {
            if (_over || CancelReason != CancelReason.None)
                return false;
            (CancelReason, CancelledAt) = (reason, Line.Surroundings.Now);
            // Callbacks on the token are the user's: they run apart from the loop that cancels, and the run awaits them.
            _cancelling = Line.Surroundings.Begin(this, static run => run.CancelNow());
            // In the lock: once the run is over, the message may have asked to be woken for something else.
            Line.Leases.WakeAt(Deliveries[0].Lease, NextLook(CancelledAt));
            return true;
        }
    }

    public async ValueTask EndAsync()
    {
        Task cancelling;
        lock (_lock)
            (_over, cancelling) = (true, _cancelling);
        await cancelling;
        _cancel.Dispose();
    }

    /// <summary>Whether its handler must be taken for stuck.</summary>
    public bool LooksStuck(TimeSpan now) => now >= Late || now >= HeedsUntil;

    /// <summary>When to look at it again: when it must be taken for stuck, then each time it has taken twice as long.</summary>
    public TimeSpan NextLook(TimeSpan now)
    {
        if (LooksStuck(now))
            return now + (now - Began);
        return Late < HeedsUntil ? Late : HeedsUntil;
    }

    private TimeSpan Late => Line.StuckAfter == TimeSpan.MaxValue ? TimeSpan.MaxValue : Began + Line.StuckAfter;

    private TimeSpan HeedsUntil => CancelledAt == TimeSpan.MaxValue || Line.StuckAfter == TimeSpan.MaxValue ? TimeSpan.MaxValue : CancelledAt + (HeedsWithin < Line.StuckAfter ? HeedsWithin : Line.StuckAfter);

    private Task CancelNow()
    {
        CallToken.Cancel(_cancel, exception => Line.Logger.CancellationFailed(exception, Deliveries[0].Id, Line.Name));
        return Task.CompletedTask;
    }
}
