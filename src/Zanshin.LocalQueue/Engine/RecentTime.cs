namespace Zanshin.LocalQueue.Engine;

/// <summary>A sum of durations that forgets: what was added counts half after a minute, a quarter after two. In ticks.</summary>
internal struct RecentTime
{
    private const double HalfLifeTicks = TimeSpan.TicksPerMinute;
    private double _sum;
    private long _at;

    internal void Add(long duration, long now)
    {
        _sum = At(now) + duration;
        _at = now;
    }

    internal readonly double At(long now) => _sum == 0 ? 0 : _sum * Math.Pow(2, (_at - now) / HalfLifeTicks);
}
