using Zanshin.Diagnosis.Findings;
using Zanshin.Diagnosis.Scopes;
using Zanshin.Diagnosis.Sites;
using Zanshin.Diagnosis.Watching;

namespace Zanshin.Diagnosis;

/// <summary>
/// Watches this process for what messages leave behind: threads, timers and async work that were started in a message's course and outlive it,
/// registrations with long-lived tokens, messages that stay reachable, and what else grows with the messages processed. A finding only when two windows
/// of looks in a row agree that it grows; one for each cause.
/// </summary>
/// <remarks>
/// <para>Zanshin's messages have their scopes by themselves while a watch is there; other hosts begin a <see cref="LeakScope"/> for each unit of
/// work. A watch that is made within a scope watches what is begun in that scope only.</para>
/// <para>Costs a message some 1 µs, and while it listens (<see cref="LeakWatchOptions.ListenFor"/>) some 16 µs (bench/results/watch.md).</para>
/// <para>Not seen: what is started with <c>UnsafeStart</c> or under suppressed flow, other than as a figure that grows; async work of messages that
/// take longer than a listening window. <see cref="Findings"/> and <see cref="Orphans"/> may be read by any thread; the rest is for one caller.</para>
/// </remarks>
public sealed class LeakWatch : IDisposable
{
    private const int LeastMessages = 3;
    private const int ThreadsToName = 8;
    private const double HeapPerCollection = 256 * 1024 * 1024;
    private const int Oftener = 6; // collections while messages look as if they stayed

    private static readonly TimeSpan LongestLastWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastWait = TimeSpan.FromMilliseconds(50);

    private readonly LeakWatchOptions _options;
    private readonly TimeProvider _time;
    private readonly LeakScope? _root = LeakScope.Current;
    private readonly FindingBook _book;
    private readonly OrphanWatch _orphans;
    private readonly Gauges _gauges;
    private readonly Counter _reachable = new("message", "messages that can still be reached");
    private readonly MessageSamples _samples;
    private readonly IDisposable _feed;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new(); // guards the two below
    private bool _running;
    private bool _closed;
    private ThreadSites? _threadSites;
    private bool _noThreadSites;
    private long _lastCollection;
    private volatile IReadOnlyDictionary<string, int> _counts = new Dictionary<string, int>();

    /// <summary>Opens the watch; <see cref="RunAsync"/> looks.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public LeakWatch(LeakWatchOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        (_options, _time) = (options, time ?? TimeProvider.System);
        _book = new FindingBook(_time);
        _orphans = new OrphanWatch(options, _root);
        _gauges = new Gauges(options);
        _samples = MessageSamples.Open(_root);
        _feed = WorkerFeed.Listening.Open();
        _lastCollection = _time.GetTimestamp();
    }

    /// <summary>All findings so far, the oldest first.</summary>
    public IReadOnlyList<LeakFinding> Findings => _book.All;

    /// <summary>How many orphans are alive, by kind: threads of all messages; timers and async work of those that were listened to.</summary>
    public IReadOnlyDictionary<string, int> Orphans => _counts;

    /// <summary>Looks, until it is cancelled: then it returns.</summary>
    /// <param name="found">Called once for each finding, between two looks. What it throws ends the watch.</param>
    /// <exception cref="InvalidOperationException">It runs already.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public async Task RunAsync(Action<LeakFinding> found, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(found);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_running)
                throw new InvalidOperationException("The leak watch runs already.");
            _running = true;
        }
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, _closing.Token);
        using var timer = new PeriodicTimer(_options.Every, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(end.Token))
            {
                foreach (LeakFinding finding in await LookAsync(end.Token))
                    found(finding);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // As asked.
        }
        finally
        {
            await CloseThreadSitesAsync();
            End();
        }
    }

    /// <summary>
    /// What handlers have left running, once no more messages are processed: threads and timers, and async work as far as it was being listened to. Waits
    /// for it to end, 2 s at most.
    /// </summary>
    /// <param name="cancel">Waits no longer: what is alive then is told.</param>
    public async Task<IReadOnlyList<Leak>> LeftRunningAsync(CancellationToken cancel = default)
    {
        long start = _time.GetTimestamp();
        List<LeftBehind> left;
        while ((left = _orphans.LeftRunning()).Count > 0 && _time.GetElapsedTime(start) < LongestLastWait && !cancel.IsCancellationRequested)
            await Task.Delay(LastWait, _time, CancellationToken.None);
        return [.. left.Select(static l => l.ToLeak())];
    }

    /// <summary>Closes the watch, a run in its course at its next step: scopes are opened no more, nothing is heard. Again: nothing.</summary>
    public void Dispose()
    {
        bool running;
        lock (_lock)
        {
            if (_closed)
                return;
            (_closed, running) = (true, _running);
        }
        _closing.Cancel();
        if (!running)
            Close();
    }

    // The loop owns what it looks with, to its end.
    private void End()
    {
        bool closed;
        lock (_lock)
            (_running, closed) = (false, _closed);
        if (closed)
            Close();
    }

    private void Close()
    {
        _orphans.Dispose();
        _samples.Dispose();
        _feed.Dispose();
    }

    /// <summary>One look.</summary>
    internal async Task<IReadOnlyList<LeakFinding>> LookAsync(CancellationToken cancel)
    {
        long messages = LeakScope.EndedIn(_root);
        List<LeakFinding> found = [];
        foreach (Suspect suspect in _orphans.Look(messages, _book.Knows))
            found.AddRange(await FindAsync(suspect, cancel));
        _counts = _orphans.Counts;
        foreach (LeftBehind left in _orphans.Left)
            _book.SeenAgain(left.Start.Fingerprint, left.Alive.Count);
        await LookForThreadsAsync(cancel);

        _gauges.Look(messages);
        if (_samples.Look(_options.Linger))
            _reachable.Look(_samples.Judged, _samples.Reachable);
        foreach (Counter counter in _gauges.All)
        {
            if (Judge(counter, Gauges.IsConsequence(counter)))
                found.Add(await AddAsync(counter, [], cancel));
        }
        if (Judge(_reachable, isConsequence: false))
            found.Add(await AddAsync(_reachable, [.. _samples.ReachableIds], cancel));
        CollectIfDue();
        return found;
    }

    private bool MessagesStay => _samples.Reachable >= LeastMessages;

    // What grows because of an orphan is no finding of its own: while one is suspected, that is not known.
    private bool Judge(Counter counter, bool isConsequence)
    {
        if (counter.MayGrow && !_book.Knows(FingerprintOf(counter)))
            _orphans.ListenNow();
        if (!counter.Grows)
            return false;
        if (_book.Knows(FingerprintOf(counter)))
            _book.SeenAgain(FingerprintOf(counter), (int)Math.Min(counter.Value, int.MaxValue));
        else
            return !_orphans.MayFind && !(isConsequence ? MessagesStay || _book.All.Count > 0 : _book.Explains(counter.PerMessage));
        return false;
    }

    private async Task<LeakFinding> AddAsync(Counter counter, string[] messages, CancellationToken cancel)
    {
        (string what, long count, double perMessage, IReadOnlyList<string> heldBy) = (counter.What, (long)counter.Value, counter.PerMessage, []);
        if (counter.Kind is "message" or "heap" && _options.ExplainHeap is { } explain && await explain(cancel) is [{ } held, ..])
            (what, count, perMessage, heldBy) = ($"{held.Type} ({counter.What})", held.Count, held.PerMessage, held.Root);
        var leak = new Leak(FingerprintOf(counter), [counter.Kind], what, (int)Math.Min(count, int.MaxValue), messages, []);
        return _book.Add(leak, perMessage, heldBy);
    }

    private async Task<List<LeakFinding>> FindAsync(Suspect suspect, CancellationToken cancel)
    {
        string before = suspect.Fingerprint;
        List<LeftBehind> causes = [suspect.Left];
        if (suspect.Left.Start is { Kind: BeginKind.Thread, Frames.Count: 0 } && await NameThreadsAsync(suspect.Left.Alive, cancel))
            causes = LeftBehind.Group(suspect.Left.Alive);
        List<LeakFinding> found = [];
        // Threads of one name may come from several places: the growth is shared out by their numbers.
        foreach (LeftBehind cause in causes.Where(c => !_book.Knows(c.Start.Fingerprint)))
            found.Add(_book.Add(cause.ToLeak(), suspect.Growth.PerMessage * cause.Alive.Count / suspect.Left.Alive.Count, [], before));
        return found;
    }

    private async Task LookForThreadsAsync(CancellationToken cancel)
    {
        if (_options.OpenThreadSites is not { } open || _noThreadSites)
            return;
        if (!_orphans.ThreadsMayGrow)
            await CloseThreadSitesAsync();
        else
            _noThreadSites = (_threadSites ??= await open(cancel)) is null;
    }

    // Of the latest, whose starts have been seen; the others of that name go with them if those agree.
    private async Task<bool> NameThreadsAsync(List<Begun> threads, CancellationToken cancel)
    {
        if (_threadSites is not { } sites)
            return false;
        Start unknown = threads[0].Start;
        List<Begun> named = [];
        foreach (Begun thread in threads.Where(static t => t.ThreadId > 0).OrderByDescending(static t => t.ThreadId).Take(ThreadsToName))
        {
            if (await sites.FramesAsync(thread.ThreadId, cancel) is not { Count: > 0 } frames)
                continue;
            if (thread.Operation == Begun.LongRunningTask)
                thread.TaskStartedAt(frames);
            else
                thread.StartedAt(frames);
            named.Add(thread);
        }
        if (named.Count > 0 && named.TrueForAll(t => t.Start.Key == named[0].Start.Key))
        {
            _orphans.StartAt(unknown, named[0].Start);
            threads.ForEach(t => t.StartedAs(named[0].Start));
        }
        return named.Count > 0;
    }

    private async Task CloseThreadSitesAsync()
    {
        if (_threadSites is not { } sites)
            return;
        _threadSites = null;
        await sites.DisposeAsync();
    }

    private void CollectIfDue()
    {
        if (_options.CollectEvery == Timeout.InfiniteTimeSpan || !_samples.IsWaiting)
            return;
        double heaps = Math.Max(1, ProcessCounts.HeapAfterFullCollection().Bytes / HeapPerCollection);
        TimeSpan every = _options.CollectEvery * heaps / (MessagesStay ? Oftener : 1);
        if (_time.GetElapsedTime(_lastCollection) < every)
            return;
        _lastCollection = _time.GetTimestamp();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
    }

    private static string FingerprintOf(Counter counter) => Fingerprints.Of($"{counter.Kind}|{counter.What}");
}
