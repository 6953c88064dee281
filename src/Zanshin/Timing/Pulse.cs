namespace Zanshin.Timing;

/// <summary>
/// Knows when the process last stood still: frozen, suspended, or without a thread of its pool. Something beats regularly; where a beat comes late,
/// nothing else may have run since the one before. Thread-safe.
/// </summary>
internal sealed class Pulse
{
    /// <summary>Beats in a row after which nothing waits any more that came while the process stood still.</summary>
    private const int Recovered = 5;

    private readonly Lock _lock = new(); // guards all below
    private TimeSpan _period = TimeSpan.MaxValue;
    private TimeSpan _last;
    private TimeSpan _stoodFrom = TimeSpan.MinValue;
    private TimeSpan _stoodTo = TimeSpan.MinValue;

    /// <summary>From here it beats so often.</summary>
    public void Begin(TimeSpan now, TimeSpan period)
    {
        lock (_lock)
            (_last, _period) = (now, period);
    }

    /// <summary>From here it does not beat, and nothing is known.</summary>
    public void End()
    {
        lock (_lock)
            _period = TimeSpan.MaxValue;
    }

    /// <returns>Whether it came late.</returns>
    public bool Beat(TimeSpan now)
    {
        lock (_lock)
        {
            bool late = IsLate(now);
            if (late)
                (_stoodFrom, _stoodTo) = (IsRecovering(_last) ? _stoodFrom : _last, now);
            _last = now;
            return late;
        }
    }

    /// <summary>What is read now of a call that was made then came at the latest at this moment, or after it.</summary>
    public TimeSpan AwakeSince(TimeSpan called, TimeSpan now)
    {
        lock (_lock)
        {
            if (IsLate(now))
                return IsRecovering(_last) && called < _stoodTo ? _stoodFrom : _last;
            return IsRecovering(now) && called < _stoodTo ? _stoodFrom : now;
        }
    }

    private bool IsLate(TimeSpan now) => _period < TimeSpan.MaxValue && now - _last > 2 * _period;

    private bool IsRecovering(TimeSpan now) => _stoodTo > TimeSpan.MinValue && now - _stoodTo <= Recovered * _period;
}
