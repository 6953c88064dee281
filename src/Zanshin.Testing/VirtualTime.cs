using Zanshin.Diagnosis;
using Zanshin.Diagnosis.Scopes;
using Zanshin.Testing.Leaks;

namespace Zanshin.Testing;

/// <summary>
/// A clock that only a test moves, and the one thread that runs everything the clock drives, so that a simulated run replays exactly.
/// </summary>
/// <remarks>
/// <para><see cref="Run(Func{Task}, TimeSpan?)"/> is a pump: it runs posted work in order, and when none is left it moves the clock to
/// the next timer. Hours pass in milliseconds, and two runs of the same code do the same things in the same order.</para>
/// <para>What the simulated code must keep to: every wait takes this provider; awaits come back to <see cref="Context"/> (no
/// <c>ConfigureAwait(false)</c>); nothing goes to the thread pool. A run that sees the contrary fails and shows where; hand-overs
/// to the pool are seen where event sources are supported, which is the default except under native AOT.</para>
/// <para>Threading: one thread at a time. Posting and arming a timer from another thread are safe, but fail the run.
/// After a failed run use a new instance.</para>
/// </remarks>
public sealed class VirtualTime : TimeProvider
{
    private static readonly DateTimeOffset s_defaultStart = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan s_defaultLimit = TimeSpan.FromDays(1);

    private readonly Pump _pump = new();
    private readonly TimerLine _timers;
    private readonly long _start;   // UTC ticks
    private long _elapsed;          // ticks of 100 ns since the start; the timers' clock
    private long _wallClockJumps;   // ticks; moves the wall clock only

    /// <param name="start">The first reading of <see cref="GetUtcNow"/>; by default 2026-01-01T00:00:00Z.</param>
    public VirtualTime(DateTimeOffset? start = null)
    {
        _start = (start ?? s_defaultStart).UtcTicks;
        _timers = new TimerLine(_pump);
        Context = new PumpContext(_pump);
    }

    /// <summary>
    /// The context whose posted work the pump runs, first in first out. <c>Send</c> runs inline on the pump's thread and throws
    /// <see cref="InvalidOperationException"/> elsewhere. Posting does not capture the execution context: awaits bring their own.
    /// </summary>
    public SynchronizationContext Context { get; }

    /// <summary>Timers that are armed now. What is above zero when a test has ended was left behind.</summary>
    public int LiveTimers => _timers.Count;

    /// <summary>
    /// Those of them that were made inside of a <see cref="LeakScope"/> (a <see cref="NoLeaks"/> assertion has one), by start site, the most first.
    /// <see cref="NoLeaks"/> counts them with the real ones.
    /// </summary>
    public IReadOnlyList<Leak> FindLiveTimers() => [.. LeftBehind.Group(_timers.Begun()).Select(static l => l.ToLeak()).OrderByDescending(static l => l.Count)];

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Ten million ticks a second: a timestamp is virtual time since the start in units of 100 ns.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _elapsed);

    public override DateTimeOffset GetUtcNow() =>
        new(_start + Volatile.Read(ref _elapsed) + Volatile.Read(ref _wallClockJumps), TimeSpan.Zero);

    /// <summary>
    /// A timer of this clock. As with <see cref="TimeProvider.System"/>: fractions of a millisecond are dropped,
    /// <see cref="Timeout.InfiniteTimeSpan"/> disarms, a period of zero means once, and the caller's execution context flows into the
    /// callback unless its flow is suppressed. Unlike there, a callback never starts after its timer was disposed or changed.
    /// Timers due at the same time fire in the order in which they were armed; a periodic one is armed again before its callback.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative and not infinite, or above 4,294,967,294 ms.</exception>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state, ExecutionContext.Capture()) { Begun = VirtualTimers.Begin() };
        Arm(timer, dueTime, period);
        return timer;
    }

    /// <summary>
    /// Moves <see cref="GetUtcNow"/> forward or back as an administrator or NTP would; timestamps and timers do not notice.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The wall clock would leave the range of <see cref="DateTimeOffset"/>.</exception>
    public void JumpWallClock(TimeSpan by)
    {
        _ = GetUtcNow() + by;
        Volatile.Write(ref _wallClockJumps, _wallClockJumps + by.Ticks);
    }

    /// <summary>
    /// Runs <paramref name="body"/> and all that it starts on the calling thread until its task is done and nothing posted is left;
    /// timers may remain (<see cref="LiveTimers"/>). The body, and each posted item and timer callback after it, starts with
    /// <see cref="Context"/> current and a clean execution context (timers: the one they captured), so ambient values of the caller
    /// are not seen and those of one item do not reach the next. Its exception is rethrown as is, as is one thrown by a posted item
    /// or a timer callback.
    /// </summary>
    /// <param name="body">What to simulate; it should await the end of everything it starts.</param>
    /// <param name="limit">How much virtual time may pass; by default one day, <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <exception cref="VirtualTimeException">Work left virtual time for another thread; or nothing is left to run or to fire and the
    /// body is not done; or the limit was reached.</exception>
    /// <exception cref="InvalidOperationException">The clock is running already: neither nested nor concurrent runs.</exception>
    public void Run(Func<Task> body, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        var end = EndOf(limit ?? s_defaultLimit);
        var run = new BodyRun(body);
        using var scope = RunScope.Begin();
        using var turn = _pump.Enter(Context);

        _pump.Execute(null, static run => ((BodyRun)run!).Start(), run);
        while (true)
        {
            _pump.RunPosted();
            if (run.Done)
                break;
            if (!FireNext(end))
                throw _timers.Count == 0 ? _pump.Stalled(Now()) : _pump.LimitReached(Now(), limit ?? s_defaultLimit);
        }
        run.RethrowFailure();
        scope.Succeeded();
    }

    /// <summary>As <see cref="Run(Func{Task}, TimeSpan?)"/>, and gives the body's result.</summary>
    public T Run<T>(Func<Task<T>> body, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        T result = default!;
        Run(async Task () => result = await body(), limit);
        return result;
    }

    /// <summary>
    /// For tests driven by hand, outside <c>Run</c>: moves the clock by <paramref name="by"/>, firing on the way what falls due, in
    /// order, on the calling thread. What is posted runs before the first timer and after each one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is negative.</exception>
    /// <exception cref="VirtualTimeException">Work left virtual time for another thread.</exception>
    /// <exception cref="InvalidOperationException">The clock is running already.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var end = checked(_elapsed + by.Ticks);
        using var turn = _pump.Enter(Context);

        _pump.RunPosted();
        while (FireNext(end))
            _pump.RunPosted();
        Volatile.Write(ref _elapsed, end);
    }

    internal bool Arm(VirtualTimer timer, TimeSpan dueTime, TimeSpan period) => _timers.Arm(timer, _elapsed, dueTime, period);

    internal void Dispose(VirtualTimer timer) => _timers.Dispose(timer);

    private bool FireNext(long end)
    {
        if (_timers.TakeNext(end) is not var (timer, due))
            return false;
        if (due > _elapsed)
        {
            Volatile.Write(ref _elapsed, due);
            _pump.ClockMoved();
        }
        timer.Fire(_pump);
        return true;
    }

    private long EndOf(TimeSpan limit)
    {
        if (limit == Timeout.InfiniteTimeSpan)
            return long.MaxValue;
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.Zero);
        return checked(_elapsed + limit.Ticks);
    }

    private TimeSpan Now() => TimeSpan.FromTicks(_elapsed);
}
