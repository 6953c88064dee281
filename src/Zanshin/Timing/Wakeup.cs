using System.Threading.Tasks.Sources;

namespace Zanshin.Timing;

/// <summary>
/// What a loop waits on: until it is woken or a moment has come. One waiter, any number of wakers; a wake with nobody
/// waiting is kept for the next wait. A wait may end early for no reason, so its loop looks at its state again.
/// The continuation never runs inside the waker.
/// </summary>
internal sealed class Wakeup : IValueTaskSource, IDisposable
{
    private readonly Surroundings _surroundings;
    private readonly ITimer _timer;
    private readonly Lock _lock = new(); // guards all below; the result is set outside of it
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private bool _set;
    private bool _waiting;
    private TimeSpan _armed = TimeSpan.MaxValue;
    private TimeSpan _lag; // when the timer was armed
    private TimeSpan? _wokenAt; // while its loop has not come

    /// <summary>What timers have not seen of time, and is more than two clocks differ by.</summary>
    private static readonly TimeSpan Suspended = TimeSpan.FromMilliseconds(10);

    /// <summary>A loop that comes later than this was kept from its thread.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(1);

    /// <summary>For how long its loop has been called and has not come.</summary>
    public TimeSpan Overdue
    {
        get
        {
            lock (_lock)
                return _wokenAt is { } at ? _surroundings.Now - at : TimeSpan.Zero;
        }
    }

    public Wakeup(Surroundings surroundings)
    {
        _surroundings = surroundings;
        _timer = surroundings.Timer(static wakeup => ((Wakeup)wakeup!).Tick(), this);
    }

    /// <param name="until">On the surroundings' clock; <see cref="TimeSpan.MaxValue"/> waits for a wake only.</param>
    public ValueTask WaitAsync(TimeSpan until)
    {
        lock (_lock)
        {
            TimeSpan now = _surroundings.Now;
            if (_set || until <= now)
            {
                _set = false;
                return default;
            }
            _core.Reset();
            _waiting = true;
            // A timer that was armed before a suspension comes too late by all of it.
            if (until < _armed || (_armed < TimeSpan.MaxValue && _surroundings.Lag - _lag > Suspended))
                Arm(until, now);
            return new ValueTask(this, _core.Version);
        }
    }

    public void Set()
    {
        lock (_lock)
        {
            if (!_waiting)
            {
                _set = true;
                return;
            }
            _waiting = false;
            _wokenAt = _surroundings.Now;
        }
        _core.SetResult(true);
    }

    public void Dispose() => _timer.Dispose();

    // An earlier arming may still be in the timer: then the tick is early, which a wait allows.
    private void Tick()
    {
        lock (_lock)
        {
            _armed = TimeSpan.MaxValue;
            if (!_waiting)
                return;
            _waiting = false;
            _wokenAt = _surroundings.Now;
        }
        _core.SetResult(true);
    }

    private void Arm(TimeSpan until, TimeSpan now)
    {
        // Timers count whole milliseconds and cut off the rest: one more keeps them from coming too early, one day keeps
        // the sum inside what a timer takes.
        TimeSpan due = until - now > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : until - now + TimeSpan.FromMilliseconds(1);
        _timer.Change(due, Timeout.InfiniteTimeSpan);
        (_armed, _lag) = (until, _surroundings.Lag);
    }

    void IValueTaskSource.GetResult(short token)
    {
        TimeSpan late;
        lock (_lock)
        {
            late = _wokenAt is { } at ? _surroundings.Now - at : TimeSpan.Zero;
            _wokenAt = null;
        }
        if (late >= Late)
            _surroundings.CameLate?.Invoke(late);
        _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
