using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>The clock of one process: its wall clock can be set, its timestamps and timers go on.</summary>
internal sealed class ProcessClock(VirtualTime time) : TimeProvider
{
    private TimeSpan _off;

    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override long TimestampFrequency => time.TimestampFrequency;

    public override long GetTimestamp() => time.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + _off;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);

    public void JumpWallClock(TimeSpan by) => _off += by;
}
