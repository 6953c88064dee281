namespace Zanshin.Tests.Rig;

/// <summary>A monotonic clock that moves on by itself between two looks: the process did not run meanwhile.</summary>
internal sealed class JumpyClock(TimeProvider time) : TimeProvider
{
    private int _looks = -1;
    private TimeSpan _by;
    private TimeSpan _ahead;

    public override long TimestampFrequency => time.TimestampFrequency;

    /// <summary>At the n-th look from now.</summary>
    public void JumpAfter(int looks, TimeSpan by) => (_looks, _by) = (looks, by);

    public override long GetTimestamp()
    {
        if (_looks >= 0 && _looks-- == 0)
            _ahead += _by;
        return time.GetTimestamp() + (long)(_ahead.TotalSeconds * TimestampFrequency);
    }

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => time.CreateTimer(callback, state, dueTime, period);
}
