namespace Zanshin.Cli.Demo;

/// <summary>The line that <c>--json</c> prints. Its names are a contract with scripts.</summary>
internal sealed record DemoReport(
    int Processed,
    int Distinct,
    long Redelivered,
    double Seconds,
    double? RequestsPerMessage,
    long LeasesExtended,
    long LeasesLost,
    SortedDictionary<string, int> ByType,
    LeftReport Left)
{
    public static DemoReport Of(DemoResult result) => new(
        result.Seen.Processed,
        result.Seen.Distinct,
        result.Redelivered,
        Math.Round(result.Seen.Took.TotalSeconds, 3),
        result.RequestsPerMessage,
        result.Worker?.LeasesExtended ?? 0,
        result.LeasesLost,
        new(result.Seen.ByType.ToDictionary(static t => t.Key, static t => t.Value.Count), StringComparer.Ordinal),
        new(result.Left.Threads, result.Left.Timers, result.Left.Tasks, result.Left.Leases, result.Left.Slots));
}
