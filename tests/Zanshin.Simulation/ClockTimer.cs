namespace Zanshin.Simulation;

/// <summary>A timer of one process: it fires when the process runs, and not while its machine is suspended.</summary>
internal sealed class ClockTimer : ITimer
{
    private readonly ProcessClock _clock;
    private readonly TimerCallback _callback;
    private readonly object? _state;
    private readonly ITimer _timer;
    private long _due; // on the process's clock
    private TimeSpan _period;
    private int _changes;

    public ClockTimer(ProcessClock clock, TimerCallback callback, object? state, long number)
    {
        (_clock, _callback, _state, Number) = (clock, callback, state, number);
        _timer = clock.World.CreateTimer(static timer => ((ClockTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many were made before it.</summary>
    public long Number { get; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _changes++;
        _period = period;
        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            _clock.Disarmed(this);
            return _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        _due = _clock.GetTimestamp() + dueTime.Ticks;
        _clock.Armed(this);
        return _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
    }

    public void Pause() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void GoOn() => _timer.Change(TimeSpan.FromTicks(Math.Max(0, _due - _clock.GetTimestamp()) + TimeSpan.TicksPerMillisecond - 1), Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _changes++;
        _clock.Disarmed(this);
        _timer.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Fire()
    {
        _clock.Disarmed(this);
        if (_clock.StandsStill)
        {
            // Not one that was changed meanwhile by what ran before it.
            int changes = _changes;
            _clock.Hold(() =>
            {
                if (changes == _changes)
                    Fire();
            });
            return;
        }
        if (_period > TimeSpan.Zero)
            Change(_period, _period);
        _callback(_state);
    }
}
