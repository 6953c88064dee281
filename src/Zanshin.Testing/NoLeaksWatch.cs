using Zanshin.Diagnosis;
using Zanshin.Diagnosis.Findings;
using Zanshin.Diagnosis.Scopes;
using Zanshin.Diagnosis.Sites;
using Zanshin.Testing.Leaks;
using Zanshin.Tracing;
using Zanshin.Tracing.Starts;

namespace Zanshin.Testing;

/// <summary>Watches what is started in the course of some work; made by <see cref="NoLeaks.Watch"/>. Disposing it asserts nothing, so that a test's own failure is not hidden. Thread-safe.</summary>
public sealed class NoLeaksWatch : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OpenTime = TimeSpan.FromSeconds(5);

    private readonly LeakScope _scope;
    private readonly NoLeaksOptions _options;
    private readonly KnownStarters _known;
    private readonly string? _owner;
    private readonly IDisposable _feed;
    private readonly IDisposable _tasks;
    private readonly IDisposable _timers;
    private readonly HashSet<Begun> _ignored = [];

    private NoLeaksWatch(string name, NoLeaksOptions options, string? owner)
    {
        (_options, _owner, _known) = (options, owner, new KnownStarters(options.IgnoreStartedBy));
        _feed = WorkerFeed.Listening.Open();
        (_tasks, _timers) = (TaskEvents.Listening.Open(), TimerEvents.Listening.Open());
        _scope = LeakScope.BeginUnder(LeakScope.Current, name, new StackBudget());
    }

    internal static NoLeaksWatch Begin(string name, NoLeaksOptions? options, string? owner)
    {
        // Threads that are started before the session is open have no start site. Once for a process.
        OpenStarts();
        return new NoLeaksWatch(name, options ?? new NoLeaksOptions(), owner);
    }

    /// <summary>Overlooks what is alive now.</summary>
    public void IgnoreCurrent()
    {
        lock (_ignored)
            _ignored.UnionWith(ScopeLedger.Alive(Mine));
    }

    /// <summary>Asserts that all that was started since has ended. It is waited for, <see cref="NoLeaksOptions.Linger"/> at most.</summary>
    /// <exception cref="LeaksFoundException">Something is alive.</exception>
    public Task VerifyAsync(CancellationToken cancel = default)
    {
        // Before the first wait, so that the wait itself does not belong to the scope.
        Leave();
        return WaitAsync(cancel);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _tasks.Dispose();
        _timers.Dispose();
        _feed.Dispose();
        ScopeLedger.Forget(b => b.Scope.IsWithin(_scope));
    }

    internal void Enter() => _scope.Enter();

    internal void Leave() => _scope.Leave();

    /// <summary>What a batch has left, once it is no more than before, or has had the time to end.</summary>
    internal async Task<long[]> FloorAsync(long[]? before, CancellationToken cancel)
    {
        List<Begun> alive = await SettleAsync(now => now.Count <= (before?[..^1].Sum() ?? 0), cancel);
        return Batches.Figures(alive);
    }

    internal async Task<IReadOnlyList<LeftBehind>> FindAsync(CancellationToken cancel)
    {
        List<Begun> alive = await SettleAsync(static now => now.Count == 0, cancel);
        if (alive.Count == 0)
            return [];
        await FindThreadStartsAsync(alive, cancel);
        return LeftBehind.Group(alive.Where(b => !_known.Has(b.Start)));
    }

    // Backs off, so that what ends at once costs nothing and what ends late little.
    private async Task<List<Begun>> SettleAsync(Predicate<List<Begun>> settled, CancellationToken cancel)
    {
        long start = TimeProvider.System.GetTimestamp();
        for (TimeSpan wait = TimeSpan.FromMilliseconds(1); ; wait = Min(2 * wait, LongestWait))
        {
            // Asked first: one that comes to run in between is among the living.
            bool starting = ScopeThreads.AreStarting();
            List<Begun> alive = Alive();
            if ((settled(alive) && !starting) || TimeProvider.System.GetElapsedTime(start) >= _options.Linger)
                return alive;
            await Task.Delay(wait, TimeProvider.System, cancel);
        }
    }

    private async Task WaitAsync(CancellationToken cancel)
    {
        if (await FindAsync(cancel) is { Count: > 0 } left)
            throw LeaksReport.Failure(left, _options.Linger);
    }

    private List<Begun> Alive()
    {
        List<Begun> alive = ScopeLedger.Alive(Mine);
        lock (_ignored)
            alive.RemoveAll(_ignored.Contains);
        // The method that watches itself has not ended: it is waiting here.
        if (_owner is not null && alive.FindIndex(b => b.Kind == BeginKind.Async && MethodName.OfStateMachine(b.Operation) == _owner) is >= 0 and int own)
            alive.RemoveAt(own);
        // What is known to stay need not be waited for.
        alive.RemoveAll(b => b.Kind != BeginKind.Thread && _known.Has(b.Start));
        return alive;
    }

    private bool Mine(Begun begun) => begun.Scope.IsWithin(_scope);

    private static async Task FindThreadStartsAsync(List<Begun> alive, CancellationToken cancel)
    {
        foreach (Begun thread in alive.Where(static b => b is { Kind: BeginKind.Thread, ThreadId: > 0 }))
        {
            try
            {
                ThreadStarts starts = await ThreadStarts.OfThisProcess;
                if (await starts.FramesAsync(thread.ThreadId, cancel) is { } frames)
                    thread.StartedAt(frames);
            }
            catch (TraceException)
            {
                // No diagnostic port: the report names the thread without its start site.
                return;
            }
        }
    }

    private static void OpenStarts()
    {
        Task<ThreadStarts> starts = ThreadStarts.OfThisProcess;
        if (starts.IsCompleted)
            return;
        try
        {
#pragma warning disable RS0030 // Bounded, once for a process, and the caller is not async.
            starts.Wait(OpenTime);
#pragma warning restore RS0030
        }
        catch (AggregateException)
        {
            // As above.
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
