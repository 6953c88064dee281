using System.Text.Json;
using Zanshin.Tracing;
using Zanshin.Tracing.Watching;

namespace Zanshin.Cli.Watch;

/// <summary>The document that <c>--json</c> prints. Its names are a contract with scripts.</summary>
internal sealed record WatchDocument(
    int ProcessId,
    double Seconds,
    long? Messages,
    string Verdict,
    IReadOnlyList<WatchDocument.Figure> Figures,
    IReadOnlyList<TraceFinding> Findings,
    IReadOnlyList<string> Notes)
{
    public static WatchDocument Of(int pid, ProcessWatch watch, TraceReport? trace) => new(
        pid,
        Math.Round(watch.Elapsed.TotalSeconds, 3),
        watch.Messages,
        WatchWords.Verdict(watch),
        [.. watch.All.Select(s => Figure.Of(s, watch.Messages is not null))],
        trace?.Findings ?? [],
        watch.Notes);

    public string ToJson() => JsonSerializer.Serialize(this, WatchJson.Default.WatchDocument);

    /// <param name="PerMessage">Or null where it is against time, or was not judged.</param>
    /// <param name="Points">Seconds, messages or null, value.</param>
    internal sealed record Figure(string Kind, double First, double Last, bool Grows, double? PerMessage, IReadOnlyList<double?[]> Points)
    {
        public static Figure Of(Series series, bool byMessages) => new(
            series.Kind, series.Points[0].Value, series.Now, series.Grows, byMessages && series.IsJudged ? series.PerX : null,
            [.. series.Points.Select(static p => new double?[] { Math.Round(p.At.TotalSeconds, 3), p.Messages, p.Value })]);
    }
}
