namespace Zanshin.Cli.Ps;

/// <summary>How long something has lived: 0.4s, 12s, 3m 05s, 2h 10m, 4d 3h.</summary>
internal static class Ages
{
    public static string Text(TimeSpan age) => age switch
    {
        { TotalSeconds: < 10 } => FormattableString.Invariant($"{Math.Max(0, age.TotalSeconds):0.0}s"),
        { TotalMinutes: < 1 } => FormattableString.Invariant($"{age.TotalSeconds:0}s"),
        { TotalHours: < 1 } => FormattableString.Invariant($"{age.Minutes}m {age.Seconds:00}s"),
        { TotalDays: < 1 } => FormattableString.Invariant($"{age.Hours}h {age.Minutes:00}m"),
        _ => FormattableString.Invariant($"{age.Days}d {age.Hours}h"),
    };
}
