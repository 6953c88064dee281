namespace Zanshin.Tests.Rig;

/// <summary>The queue's own clock: the same time, but a wall clock that is moved on the worker's machine is not moved here.</summary>
internal sealed class SteadyClock(TimeProvider time) : TimeProvider
{
    private readonly DateTimeOffset _began = time.GetUtcNow();
    private readonly long _start = time.GetTimestamp();

    /// <summary>Time that has passed here and not on the worker's machine, which was suspended.</summary>
    public TimeSpan Ahead { get; set; }

    public override DateTimeOffset GetUtcNow() => _began + time.GetElapsedTime(_start) + Ahead;

    public override long GetTimestamp() => time.GetTimestamp() + (long)(Ahead.TotalSeconds * TimestampFrequency);

    public override long TimestampFrequency => time.TimestampFrequency;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
