namespace Zanshin.Timing;

/// <summary>
/// Everything that differs between production and a simulated run: the clock, the dice, and the context that continuations
/// return to. In production that context is none (the thread pool); a simulation brings a single-threaded one, and because
/// no loop here uses ConfigureAwait(false) or hops to the pool, the same seed then gives the same run, step by step.
/// Thread-safe.
/// </summary>
/// <param name="boot">Reads a monotonic clock that goes on while the machine is suspended. Null for none: then <paramref name="time"/>'s own counts.</param>
internal sealed class Surroundings(TimeProvider time, Random dice, SynchronizationContext? context, Func<TimeSpan>? boot = null)
{
    private readonly long _start = time.GetTimestamp();
    private readonly TimeSpan _boot = boot?.Invoke() ?? TimeSpan.Zero;
    private long _alive;

    public static Surroundings Production(TimeProvider time) => new(time, Random.Shared, null, time == TimeProvider.System ? BootClock.Read : null);

    /// <summary>The same, with a clock and a count of its own: for what does not belong to the worker.</summary>
    public Surroundings Apart() => new(time, dice, context, boot);

    public TimeProvider Time => time;

    /// <summary>All runs on the one thread of a simulation.</summary>
    public bool IsSimulated => context is not null;

    /// <summary>Told when something came late because the thread pool was, on the thread of what came, by how much. Null where nobody wants to know.</summary>
    public Action<TimeSpan>? CameLate { get; set; }

    /// <summary>Monotonic time since this worker was made, suspensions included; all deadlines are in it.</summary>
    public TimeSpan Now => (boot is null ? time.GetElapsedTime(_start) : boot() - _boot) + Doubt.Missed;

    /// <summary>True if the clock counts suspensions of the machine by itself.</summary>
    public bool CountsSuspensions => boot is not null;

    /// <summary>Whether time may have passed that <see cref="Now"/> has not seen.</summary>
    public ClockDoubt Doubt { get; } = new();

    /// <summary>True while it is not certain that <see cref="Now"/> has seen all time that passed. Looks at the wall clock.</summary>
    public bool InDoubt => Doubt.Look(time.GetUtcNow(), Now);

    /// <summary>Whether <see cref="Now"/> has surely seen all time that passed. Only looks.</summary>
    public bool IsCertain => Doubt.IsCertain(time.GetUtcNow(), Now);

    /// <summary>When the process last stood still.</summary>
    public Pulse Pulse { get; } = new();

    /// <summary>A number in [0, 1).</summary>
    public double Dice() => dice.NextDouble();

    public Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        dice.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>Loops and runs that were begun and have not ended. Zero after a stop, or something is left behind.</summary>
    public long Alive => Interlocked.Read(ref _alive);

    /// <summary>
    /// Begins <paramref name="body"/> on the pool (or the simulation's context) with nothing of the caller's: no execution
    /// context, so that neither an Activity nor a log scope nor an AsyncLocal of the starter lives on in what is started.
    /// The caller keeps the task and awaits it.
    /// </summary>
    public Task Begin<TState>(TState state, Func<TState, Task> body)
    {
        SynchronizationContext? callers = SynchronizationContext.Current;
        using var _ = new NoFlow();
        try
        {
            SynchronizationContext.SetSynchronizationContext(context);
            return BeginCore(state, body);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(callers);
        }
    }

    /// <summary>A timer that is not armed yet, with nothing of the caller's either.</summary>
    public ITimer Timer(TimerCallback tick, object state)
    {
        using var _ = new NoFlow();
        return time.CreateTimer(tick, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private async Task BeginCore<TState>(TState state, Func<TState, Task> body)
    {
        Interlocked.Increment(ref _alive);
        try
        {
            // Not Task.Yield, which would stay on the starter's task scheduler where it has one of its own.
            await Task.CompletedTask.ConfigureAwait(
                context is null ? ConfigureAwaitOptions.ForceYielding : ConfigureAwaitOptions.ForceYielding | ConfigureAwaitOptions.ContinueOnCapturedContext);
            await body(state);
        }
        finally
        {
            Interlocked.Decrement(ref _alive);
        }
    }

    /// <summary>Until it is disposed, the caller's execution context does not flow.</summary>
    private readonly ref struct NoFlow
    {
        private readonly bool _ours;
        private readonly AsyncFlowControl _flow;

        public NoFlow()
        {
            _ours = !ExecutionContext.IsFlowSuppressed();
            _flow = _ours ? ExecutionContext.SuppressFlow() : default;
        }

        public void Dispose()
        {
            if (_ours)
                _flow.Undo();
        }
    }
}
