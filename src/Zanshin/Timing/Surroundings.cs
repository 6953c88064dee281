namespace Zanshin.Timing;

/// <summary>
/// Everything that differs between production and a simulated run: the clock, the dice, and the context that continuations
/// return to. In production that context is none (the thread pool); a simulation brings a single-threaded one, and because
/// no loop here uses ConfigureAwait(false) or hops to the pool, the same seed then gives the same run, step by step.
/// Thread-safe.
/// </summary>
internal sealed class Surroundings(TimeProvider time, Random dice, SynchronizationContext? context)
{
    private readonly long _start = time.GetTimestamp();
    private long _alive;

    public static Surroundings Production(TimeProvider time) => new(time, Random.Shared, null);

    public TimeProvider Time => time;

    /// <summary>Monotonic time since this worker was made; all deadlines are in it.</summary>
    public TimeSpan Now => time.GetElapsedTime(_start);

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
        bool suppress = !ExecutionContext.IsFlowSuppressed();
        AsyncFlowControl flow = suppress ? ExecutionContext.SuppressFlow() : default;
        try
        {
            SynchronizationContext.SetSynchronizationContext(context);
            return BeginCore(state, body);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(callers);
            if (suppress)
                flow.Undo();
        }
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
}
