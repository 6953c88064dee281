using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Settling;

/// <summary>
/// Gathers settlements of one kind for one queue into batches of ten. One loop owns the sending; several batches may be
/// under way. What fails and may succeed goes back in until its lease is over: a single entry after a pause of its own, a whole
/// call with all others after a pause of the loop, one batch at a time until one works.
/// </summary>
internal abstract class Batcher : IDisposable
{
    private const int SendsAtOnce = 16;

    /// <summary>Before a single entry that failed is tried again; doubling.</summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);

    /// <summary>While time may have passed unseen, nothing goes out: its lease may be over.</summary>
    private static readonly TimeSpan InDoubt = TimeSpan.FromMilliseconds(100);

    private readonly FlushSchedule _schedule;
    private readonly Trouble _trouble;
    private readonly Wakeup _wakeup;
    private readonly CancellationToken _giveUp;

    private readonly Lock _lock = new(); // guards all of this block
    private readonly List<Entry> _gathered = [];
    private readonly DeadlineHeap<Entry> _again = new();
    private double _endsPerSecond;
    private TimeSpan _pausedUntil;
    private bool _flush;
    private bool _ended;
    private int _sends;

    // Used by the loop only.
    private readonly List<Task> _open = [];

    private Task _loop = Task.CompletedTask;
    private volatile bool _hasten;
    private volatile bool _stopped;

    protected Batcher(FlushSchedule schedule, Surroundings surroundings, QueueCounts counts, Trouble trouble, CancellationToken giveUp)
    {
        (_schedule, Surroundings, Counts, _trouble, _giveUp) = (schedule, surroundings, counts, trouble, giveUp);
        _wakeup = new Wakeup(surroundings);
    }

    protected QueueCounts Counts { get; }

    protected Surroundings Surroundings { get; }

    public void Start() => _loop = Surroundings.Begin(this, static batcher => batcher.RunAsync());

    /// <param name="after">For a return: how long the message stays invisible.</param>
    /// <param name="endsPerSecond">The measured rate, which says how long company is worth waiting for.</param>
    /// <param name="urgent">Nothing else is coming: all that is gathered goes out at once.</param>
    /// <returns>Whether SQS confirmed it while the lease held; false at once when the loop has ended.</returns>
    public Task<bool> AddAsync(Lease lease, TimeSpan after, double endsPerSecond, bool urgent)
    {
        var entry = new Entry(lease, after, Surroundings.Now);
        bool wake;
        lock (_lock)
        {
            if (_ended || _giveUp.IsCancellationRequested)
                return Task.FromResult(false);
            _gathered.Add(entry);
            _endsPerSecond = endsPerSecond;
            _flush |= urgent;
            wake = urgent || _gathered.Count is 1 or >= SqsLimits.Batch;
        }
        if (wake)
            _wakeup.Set();
        return entry.Task;
    }

    /// <summary>From here nothing waits for company.</summary>
    public void Hasten()
    {
        _hasten = true;
        _wakeup.Set();
    }

    /// <summary>Ends the loop, after everything that was added has its result.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        _wakeup.Set();
        await _loop;
        _wakeup.Dispose();
    }

    public void Dispose() => _wakeup.Dispose();

    /// <summary>Whether the entry's lease still holds, and what stands for it; an entry without is not tried again.</summary>
    protected abstract bool Holds(Entry entry, out string handle);

    protected abstract Task SendAsync(List<(Entry Entry, string Handle)> batch, SqsFailure?[] failures);

    private async Task RunAsync()
    {
        while (true)
        {
            while (TakeBatch() is { } batch)
                _open.Add(SendBatchAsync(batch));
            _open.RemoveAll(static send => send.IsCompleted);
            TimeSpan until;
            lock (_lock)
            {
                _ended = _stopped && _gathered.Count == 0 && _again.Count == 0 && _sends == 0;
                if (_ended)
                    break;
                until = NextLook();
            }
            await _wakeup.WaitAsync(until);
        }
        await Task.WhenAll(_open);
    }

    private List<Entry>? TakeBatch()
    {
        lock (_lock)
        {
            TimeSpan now = Surroundings.Now;
            if (Surroundings.InDoubt && _pausedUntil < now + InDoubt)
                _pausedUntil = now + InDoubt;
            if (_pausedUntil > now && !_giveUp.IsCancellationRequested)
                return null;
            while (_again.Count > 0 && (_again.Earliest <= now || _giveUp.IsCancellationRequested))
            {
                Entry entry = _again.First;
                _again.Remove(entry);
                _gathered.Insert(0, entry);
            }
            if (_gathered.Count == 0)
            {
                _flush = false;
                return null;
            }
            if (_sends >= MostSends || (_gathered.Count < SqsLimits.Batch && !MayGo(now)))
                return null;
            int count = Math.Min(SqsLimits.Batch, _gathered.Count);
            List<Entry> batch = _gathered.GetRange(0, count);
            _gathered.RemoveRange(0, count);
            _flush &= _gathered.Count > 0;
            _sends++;
            return batch;
        }
    }

    // In trouble one finds out whether it is over.
    private int MostSends => _trouble.Last is null || _giveUp.IsCancellationRequested ? SendsAtOnce : 1;

    private bool MayGo(TimeSpan now) => _flush || _hasten || now >= _gathered[0].Added + _schedule.Linger(_endsPerSecond);

    private TimeSpan NextLook()
    {
        TimeSpan next = _gathered.Count == 0 || _sends >= MostSends ? TimeSpan.MaxValue
            : _flush || _hasten ? TimeSpan.Zero
            : _gathered[0].Added + _schedule.Linger(_endsPerSecond);
        if (_again.Earliest < next)
            next = _again.Earliest;
        return next > _pausedUntil ? next : _pausedUntil;
    }

    private async Task SendBatchAsync(List<Entry> batch)
    {
        var held = new List<(Entry Entry, string Handle)>(batch.Count);
        var over = new List<Entry>();
        foreach (Entry entry in batch)
        {
            bool holds = Holds(entry, out string handle) && !_giveUp.IsCancellationRequested;
            if (!holds)
                over.Add(entry);
            if (holds || (BestEffort && !_giveUp.IsCancellationRequested))
                held.Add((entry, handle));
        }
        if (held.Exists(static sent => sent.Entry.Failures > 0))
            Counts.Add(Count.RepeatedRequests);
        var failures = new SqsFailure?[held.Count];
        TimeSpan pause = TimeSpan.Zero;
        if (held.Count > 0)
        {
            TimeSpan called = Surroundings.Now;
            try
            {
                await SendAsync(held, failures);
            }
            catch (Exception exception)
            {
                Array.Fill(failures, SqsFailure.Of(exception));
            }
            if (SqsFailure.OfAll(failures) is { } none)
                pause = _trouble.Met(none, called);
            else
                _trouble.Over();
        }
        Answered(held, failures, over, pause);
    }

    private void Answered(List<(Entry Entry, string Handle)> sent, SqsFailure?[] failures, List<Entry> over, TimeSpan pause)
    {
        var ended = new List<(Entry Entry, bool Confirmed)>(over.Count + sent.Count);
        foreach (Entry entry in over)
            ended.Add((entry, false));
        var repeated = new List<Entry>();
        lock (_lock)
        {
            _sends--;
            for (int i = 0; i < sent.Count; i++)
            {
                (Entry entry, string handle) = sent[i];
                if (over.Contains(entry))
                    continue;
                // SQS says yes to a handle that a newer one has replaced, and does nothing.
                bool replaced = Holds(entry, out string current) && current != handle;
                if ((replaced || failures[i] is { Retryable: true }) && !_giveUp.IsCancellationRequested)
                {
                    entry.Failures++;
                    repeated.Add(entry);
                }
                else
                {
                    ended.Add((entry, failures[i] is null && !replaced));
                }
            }
            Repeat(repeated, pause);
        }
        foreach ((Entry entry, bool confirmed) in ended)
            entry.TrySetResult(confirmed);
        _wakeup.Set();
    }

    // What failed together is sent again together.
    private void Repeat(List<Entry> entries, TimeSpan pause)
    {
        TimeSpan most = _schedule.LongestLinger * (0.5 + Surroundings.Dice() / 2);
        if (pause > TimeSpan.Zero)
        {
            _pausedUntil = Surroundings.Now + (pause < most ? pause : most);
            _gathered.InsertRange(0, entries);
            return;
        }
        foreach (Entry entry in entries)
        {
            TimeSpan wait = FirstWait * Math.Pow(2, Math.Min(entry.Failures - 1, 10));
            _again.Set(entry, Surroundings.Now + (wait < most ? wait : most));
        }
    }

    /// <summary>Whether an entry whose lease is over is sent once all the same.</summary>
    protected abstract bool BestEffort { get; }
}
