using System.Globalization;
using Zanshin.Diagnosis.Watching;
using Zanshin.Tracing.Watching;

namespace Zanshin.Cli.Watch;

/// <summary>Figures and verdicts in words, the same in the terminal and in the report.</summary>
internal static class WatchWords
{
    private const double MillisecondsInMinute = 60_000;

    public static string Value(Series series, double value) => series.IsBytes ? Bytes(value) : value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Change(Series series)
    {
        string change = Value(series, Math.Abs(series.Change));
        return series.Change > 0 ? $"+{change}" : series.Change < 0 ? $"-{change}" : "0";
    }

    public static string Per(Series series, bool byMessages)
    {
        double per = byMessages ? series.PerX : series.PerX * MillisecondsInMinute;
        string amount = series.IsBytes ? Bytes(per) : per.ToString("N2", CultureInfo.InvariantCulture);
        return $"{amount} per {(byMessages ? "message" : "minute")}";
    }

    /// <summary>What is known of one series.</summary>
    public static string State(Series series, bool byMessages)
    {
        if (series.Grows)
            return $"grows by {Per(series, byMessages)}";
        return series.Looks < Counter.LooksForVerdict ? string.Create(CultureInfo.InvariantCulture, $"looking, {series.Looks} of {Counter.LooksForVerdict}") : "steady";
    }

    /// <summary>Resident memory is too noisy to be a reason of its own, and what else grows explains the heap.</summary>
    public static IReadOnlyList<Series> Reasons(IEnumerable<Series> all)
    {
        Series[] growing = [.. all.Where(static s => s.Grows && s.Kind != "resident")];
        return growing.Length > 1 ? [.. growing.Where(static s => s.Kind != "heap")] : growing;
    }

    public static string Verdict(ProcessWatch watch)
    {
        bool byMessages = watch.Messages is not null;
        IReadOnlyList<Series> reasons = Reasons(watch.All);
        string also = reasons.Count > 0 && watch.All.Any(static s => s.Kind == "resident" && s.Grows) ? "; resident memory grows too" : "";
        if (reasons.Count > 0)
            return Sentence($"{string.Join("; ", reasons.Select(s => $"{s.Name} grow{(s.Kind == "heap" ? "s" : "")} by {Per(s, byMessages)}"))}{also}.");
        if (watch.All.Any(static s => s.Looks < Counter.LooksForVerdict && s.Kind is "threads"))
            return "Not looked at long enough for a verdict.";
        return "Steady: nothing grows.";
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    public static string Bytes(double bytes)
    {
        double magnitude = Math.Abs(bytes);
        return magnitude >= 1 << 20
            ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):N1} MiB")
            : magnitude >= 1 << 10
                ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 10):N1} KiB")
                : string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} B");
    }

    public static string Time(TimeSpan time) => time.TotalHours >= 1 ? $@"{(int)time.TotalHours}:{time:mm\:ss}" : $@"{time:mm\:ss}";
}
