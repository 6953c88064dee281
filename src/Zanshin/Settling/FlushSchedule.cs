namespace Zanshin.Settling;

/// <summary>When a batch that is not full yet goes out: pure arithmetic.</summary>
internal sealed class FlushSchedule(TimeSpan visibility)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>No entry waits longer for company: a second, and a tenth of the lease.</summary>
    public TimeSpan LongestLinger { get; } = visibility / 10 < Longest ? visibility / 10 : Longest;

    /// <summary>How long the first entry of a batch waits: just as long as the batch needs to fill at this rate.</summary>
    public TimeSpan Linger(double endsPerSecond)
    {
        double seconds = SqsLimits.Batch / Math.Max(endsPerSecond, 0.001);
        return seconds < LongestLinger.TotalSeconds ? TimeSpan.FromSeconds(seconds) : LongestLinger;
    }
}
