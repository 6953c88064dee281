namespace Zanshin.Simulation;

/// <summary>What one seed stands for: queues, load, workers, handlers and faults, all drawn from it.</summary>
internal sealed class Plan
{
    public Plan(int seed)
    {
        Seed = seed;
        var dice = new Random(seed);
        Queues = [.. Enumerable.Range(0, dice.Next(1, 4)).Select(i => new PlannedQueue(i, dice))];
        Workers = dice.Next(1, 4);
        Concurrency = dice.Next(5) == 0 ? 1 : dice.Next(2, 21);
        RoundTrip = TimeSpan.FromMilliseconds(dice.Next(3) == 0 ? 0 : dice.Next(1, 40));
        FaultsPer1000 = dice.Next(4) == 0 ? 0 : dice.Next(1, 200);
        Deaths = dice.Next(3) == 0 ? dice.Next(1, 4) : 0;
        Stops = dice.Next(3) == 0 ? dice.Next(1, 4) : 0;
        Storm = TimeSpan.FromSeconds(dice.Next(5, 90));
        LongestWork = TimeSpan.FromMilliseconds(dice.Next(4) switch { 0 => 20, 1 => 500, 2 => 4_000, _ => 20_000 });
        FailuresPer100 = dice.Next(3) == 0 ? 0 : dice.Next(1, 30);
        IgnoresTokenPer100 = dice.Next(3) == 0 ? 20 : 0;
    }

    public int Seed { get; }

    public IReadOnlyList<PlannedQueue> Queues { get; }

    public int Workers { get; }

    public int Concurrency { get; }

    public TimeSpan RoundTrip { get; }

    public int FaultsPer1000 { get; }

    /// <summary>How often a process dies in mid-work and another takes its place.</summary>
    public int Deaths { get; }

    /// <summary>How often a process is stopped cleanly in mid-work and another takes its place.</summary>
    public int Stops { get; }

    /// <summary>How long faults are put in; after it the network is good, and everything must get done.</summary>
    public TimeSpan Storm { get; }

    public TimeSpan LongestWork { get; }

    public int FailuresPer100 { get; }

    public int IgnoresTokenPer100 { get; }

    public override string ToString() =>
        $"{string.Join(" + ", Queues)}; {Workers} workers of {Concurrency}; round trip {RoundTrip.TotalMilliseconds} ms; faults {FaultsPer1000}/1000; "
        + $"{Deaths} deaths, {Stops} stops; storm {Storm.TotalSeconds} s; work up to {LongestWork.TotalMilliseconds} ms; failures {FailuresPer100} %";
}
