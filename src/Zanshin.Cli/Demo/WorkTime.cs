namespace Zanshin.Cli.Demo;

/// <summary>How long a handler takes: evenly spread between two bounds.</summary>
internal readonly record struct WorkTime(TimeSpan Shortest, TimeSpan Longest)
{
    public static readonly TimeSpan Limit = TimeSpan.FromHours(1);

    public static WorkTime Default { get; } = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(40));

    /// <summary>1ms..40ms, or 20ms for always the same.</summary>
    public static bool TryRead(string text, out WorkTime work)
    {
        string[] bounds = text.Split("..");
        bool good = Durations.TryRead(bounds[0], out TimeSpan shortest) & Durations.TryRead(bounds[^1], out TimeSpan longest);
        work = new(shortest, longest);
        return good && bounds.Length <= 2 && shortest >= TimeSpan.Zero && shortest <= longest && longest <= Limit;
    }

    public TimeSpan Draw() => Shortest + Random.Shared.NextDouble() * (Longest - Shortest);

    public override string ToString() => Shortest == Longest ? Durations.Text(Shortest) : $"{Durations.Text(Shortest)}..{Durations.Text(Longest)}";
}
