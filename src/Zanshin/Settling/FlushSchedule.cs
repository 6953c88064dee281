namespace Zanshin.Settling;

/// <summary>When a batch that is not full yet goes out: pure arithmetic.</summary>
internal sealed class FlushSchedule(TimeSpan visibility)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Pauses of a scheduler or a collector are no reason to send less than a batch.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(20);

    /// <summary>No entry waits longer for company: a second, and a tenth of the lease.</summary>
    public TimeSpan LongestLinger { get; } = visibility / 10 < Longest ? visibility / 10 : Longest;

    /// <summary>
    /// How long the first entry of a batch waits: twice as long as the batch needs to fill at this rate, because messages do
    /// not end evenly: after once the time, every second batch would go out with a place or two free.
    /// </summary>
    public TimeSpan Linger(double endsPerSecond)
    {
        double seconds = Math.Max(2 * SqsLimits.Batch / Math.Max(endsPerSecond, 0.001), Shortest.TotalSeconds);
        return seconds < LongestLinger.TotalSeconds ? TimeSpan.FromSeconds(seconds) : LongestLinger;
    }
}
