namespace Zanshin.LocalQueue.Tests;

/// <summary>Time that moves only when told to, and runs what falls due on the caller's thread, in order.</summary>
public sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Alarm> _alarms = [];
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _set;
    private TimeSpan _wallAhead;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public int ArmedTimers
    {
        get
        {
            lock (_lock) return _alarms.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now + _wallAhead;
    }

    public override long GetTimestamp()
    {
        lock (_lock) return _now.UtcTicks;
    }

    /// <summary>Somebody sets the wall clock; no time passes.</summary>
    public void SetWall(TimeSpan by)
    {
        lock (_lock) _wallAhead += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, callback, state);
        alarm.Change(dueTime, period);
        return alarm;
    }

    public void Advance(TimeSpan by)
    {
        var end = new DateTimeOffset(GetTimestamp(), TimeSpan.Zero) + by;
        while (true)
        {
            Alarm? next;
            lock (_lock)
            {
                next = _alarms.Where(a => a.Due <= end).OrderBy(a => a.Due).ThenBy(a => a.Set).FirstOrDefault();
                if (next is null)
                {
                    _now = end;
                    return;
                }

                if (next.Due > _now) _now = next.Due;
                _alarms.Remove(next);
            }

            next.Ring();
        }
    }

    private sealed class Alarm(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        internal DateTimeOffset Due { get; private set; }

        internal long Set { get; private set; }

        internal void Ring() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._alarms.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = time._now + dueTime;
                Set = ++time._set;
                time._alarms.Add(this);
                return true;
            }
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
