using Microsoft.Extensions.Logging;
using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Pipeline;
using Zanshin.Settling;
using Zanshin.Timing;

namespace Zanshin.Dispatching;

/// <summary>One queue's place at the dispatcher: what its messages need on their way, and those that are here now.</summary>
internal sealed class QueueLine : IDeadline
{
    private bool _saidUnopened; // by interlocked operations

    public required string Name { get; init; }

    public required bool Fifo { get; init; }

    /// <summary>Finds what its messages say and which handler is theirs.</summary>
    public required Router Router { get; init; }

    /// <summary>Asked for with every receive and every extension.</summary>
    public required TimeSpan Visibility { get; init; }

    public required TimeSpan? TimeLimit { get; init; }

    /// <summary>A run that takes longer is reported, and its slot counts as lost; <see cref="TimeSpan.MaxValue"/> for never.</summary>
    public required TimeSpan StuckAfter { get; init; }

    /// <summary>How many messages one run may have: over 1 only where batches are handled.</summary>
    public required int Batch { get; init; }

    /// <summary>How long the first message of a batch waits for others.</summary>
    public required TimeSpan Gather { get; init; }

    public required Backoff Retry { get; init; }

    public required RejectPolicy Reject { get; init; }

    /// <summary>After so many receives the queue's redrive policy moves a message to the dead-letter queue; null where it has none.</summary>
    public int? MaxReceives => Settler.Redrive.MaxReceives;

    /// <summary>Exceptions that reject their message instead of retrying it. The user's.</summary>
    public required IReadOnlyList<Func<Exception, bool>> RejectOn { get; init; }

    /// <summary>Whether retries that handlers ask for are errors in traces and metrics.</summary>
    public required bool RetriesAreErrors { get; init; }

    public required FailureHandlers Failures { get; init; }

    /// <summary>What limits how often its runs may begin: its own, its group's and the worker's.</summary>
    public required Throttle[] Throttles { get; init; }

    public required Dispatcher Dispatcher { get; init; }

    public required LeaseKeeper Leases { get; init; }

    public required Settler Settler { get; init; }

    /// <summary>Runs single messages.</summary>
    public required MessagePipeline Pipeline { get; init; }

    /// <summary>Runs batches; null on a queue of single messages.</summary>
    public required BatchPipeline? Batches { get; init; }

    /// <summary>The threads of its own that handlers run on; null where they all run on the pool.</summary>
    public required OwnThreads? Threads { get; init; }

    /// <summary>Whether handlers that do not say run on them.</summary>
    public required bool RunsOnOwnThreads { get; init; }

    public required Surroundings Surroundings { get; init; }

    public required QueueCounts Counts { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Called, under the dispatcher's lock, when a receive that found no room may find it now.</summary>
    public Action RoomAgain { get; set; } = static () => { };

    /// <summary>Called, under the dispatcher's lock, when a message of a FIFO queue has ended: its group may have more.</summary>
    public Action MoreMayBeThere { get; set; } = static () => { };

    /// <summary>Completed when the queue's last receive has returned at a stop: only then may messages go back, or that receive would take them again.</summary>
    public Task LastPoll { get; set; } = Task.CompletedTask;

    /// <summary>Done, but not confirmed: deleted unrun when they come again. Guards itself.</summary>
    public RememberedIds Unconfirmed { get; } = new();

    /// <summary>The stop's time is over, or the client is gone: nothing is sent any more.</summary>
    public bool IsGivenUp
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>The application has disposed of the queue's client.</summary>
    public bool ClientIsGone
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    /// <summary>A body came in an envelope that nobody opens. Said once.</summary>
    public void Unopened(string envelope, string remedy)
    {
        if (!Interlocked.Exchange(ref _saidUnopened, true))
            Logger.EnvelopeUnopened(Name, envelope, remedy);
    }

    /// <summary>By the handler's options; of those that have a limit.</summary>
    public required IReadOnlyDictionary<HandlerBuilder, HandlerGate> Gates { get; init; }

    /// <summary>How many runs its batch handler may have; null for as many as the queue.</summary>
    public required int? BatchLimit { get; init; }

    /// <summary>Retried here, given back, or lost: why they come again is known. Guards itself.</summary>
    public RememberedIds ComeAgain { get; } = new();

    // Guarded by the dispatcher's lock.

    /// <summary>Those that have come again although nobody here knows why.</summary>
    public required Suspects Suspects { get; set; }

    /// <summary>Receives that were given room and have not ended.</summary>
    public int OpenReceives { get; set; }

    public required int Weight { get; set; }

    /// <summary>How many slots it may take at most; null for all of its group's.</summary>
    public required int? Limit { get; set; }

    /// <summary>How long it rests after an empty receive. Read by its receiver without the lock.</summary>
    public required TimeSpan Delay { get; set; }

    /// <summary>How many slots it may take now.</summary>
    public int Slots => Pace.Slots;

    /// <summary>A rate limit has refused it a run, and is asked again then.</summary>
    public TimeSpan ThrottledUntil { get; set; } = TimeSpan.MinValue;

    /// <summary>The limiter whose answer it waits for; null for none.</summary>
    public LimiterThrottle? Asks { get; set; }

    /// <summary>A slot stays free for that answer.</summary>
    public bool KeepsSlot { get; set; }

    /// <summary>When SQS last answered for it.</summary>
    public TimeSpan AnsweredAt { get; set; }

    /// <summary>By message id, all that are here.</summary>
    public Dictionary<string, Delivery> Here { get; } = [];

    /// <summary>Those that could start now if a slot were free, in order; some may have left the line again.</summary>
    public Queue<Delivery> Runnable { get; } = new();

    /// <summary>By message group; FIFO queues only.</summary>
    public Dictionary<string, Lane> Lanes { get; } = [];

    /// <summary>When its last run began; zero before the first.</summary>
    public TimeSpan LastStart { get; set; }

    /// <summary>Runs begun.</summary>
    public RateMeter Starts { get; } = new();

    /// <summary>Messages to be settled.</summary>
    public RateMeter Ends { get; } = new();

    /// <summary>What a receive asked for and did not get.</summary>
    public RoomWanted Wants { get; set; }

    /// <summary>As measured when it last asked.</summary>
    public TimeSpan RoundTrip { get; set; }

    /// <summary>Expected of open receives, and counted against the room of all others.</summary>
    public int Asked { get; set; }

    /// <summary>What its receives are likely to bring.</summary>
    public Yield Yield { get; } = new();

    /// <summary>Its number in its group, from 0.</summary>
    public int Index { get; set; }

    /// <summary>The slots that what is here of it, or expected, will take soon, as last worked out.</summary>
    public double Soon { get; set; }

    /// <summary>Something of it has changed since what the group keeps of it was worked out.</summary>
    public bool Touched { get; set; }

    /// <summary>It wants room, and it is its own limits that keep it from any.</summary>
    public bool HoldsBack { get; set; }

    /// <summary>It was told that there is room, and has not asked for it yet.</summary>
    public bool Called { get; set; }

    /// <summary>In the heap of the moments at which something of it changes by time alone.</summary>
    public int Place { get; set; } = -1;

    /// <summary>How much of the worker it may use: all, unless its handlers keep failing.</summary>
    public required FailurePace Pace { get; init; }

    /// <summary>It was logged that it has fewer slots, and not yet that it has them back.</summary>
    public bool HeldBack { get; set; }

    /// <summary>Its slots.</summary>
    public int Runs { get; set; }

    /// <summary>Of those: with a handler that must be taken for stuck.</summary>
    public int Stuck { get; set; }

    /// <summary>Messages in its runs.</summary>
    public int Running { get; set; }

    public int Waiting { get; set; }

    /// <summary>Of those: in line for a slot.</summary>
    public int Ready { get; set; }

    public int Settling { get; set; }

    /// <summary>How long its first message has lacked a slot; where there is none, how long ago SQS answered.</summary>
    public TimeSpan Waited(TimeSpan now) => now - (Ready > 0 && Runnable.TryPeek(out Delivery? first) ? first.InLineSince : AnsweredAt);
}
