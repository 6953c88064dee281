namespace Zanshin.Simulation;

/// <summary>A time in which everything fails in one way: for all processes or one queue.</summary>
internal sealed class Outage
{
    public Outage(Random dice, TimeSpan storm, int queues)
    {
        Begins = storm * dice.NextDouble();
        Lasts = dice.Seconds(30, 120);
        By = dice.Pick(Fate.LostBefore, Fate.NoName, Fate.Throttled, Fate.ServerError, Fate.Credentials, Fate.Hangs, Fate.Cancelled, Fate.LostAfter);
        Queue = dice.OneIn(2) ? null : dice.Next(queues);
    }

    public Outage(TimeSpan begins, TimeSpan lasts, Fate by) => (Begins, Lasts, By) = (begins, lasts, by);

    /// <summary>After the beginning of the run.</summary>
    public TimeSpan Begins { get; }

    public TimeSpan Lasts { get; }

    public Fate By { get; }

    /// <summary>Of one queue only.</summary>
    public int? Queue { get; }

    public bool Hits(TimeSpan now, int queue) => now >= Begins && now < Begins + Lasts && (Queue is null || Queue == queue);

    public override string ToString() => $"{By} for {Lasts.TotalSeconds:0} s from {Begins.TotalSeconds:0} s on {(Queue is { } q ? $"q{q}" : "all")}";
}
