namespace Zanshin.Sqs;

/// <summary>The typical time of a call that does not wait: a running mean, at most half a second. Thread-safe.</summary>
internal sealed class RoundTrip
{
    private static readonly long Longest = TimeSpan.FromMilliseconds(500).Ticks;

    private long _ticks;

    public RoundTrip(TimeSpan first) => Measured(first);

    public TimeSpan Typical => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    // Two at once may lose one measurement: it is a mean.
    public void Measured(TimeSpan took)
    {
        long ticks = Math.Clamp(took.Ticks, 0, Longest), mean = Interlocked.Read(ref _ticks);
        Interlocked.Exchange(ref _ticks, mean == 0 ? ticks : mean + (ticks - mean) / 8);
    }
}
