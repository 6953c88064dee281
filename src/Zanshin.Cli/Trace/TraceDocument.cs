using System.Text.Json;
using Zanshin.Tracing;

namespace Zanshin.Cli.Trace;

/// <summary>The document that <c>--json</c> prints. Its names are a contract with scripts.</summary>
internal sealed record TraceDocument(
    int ProcessId,
    double Seconds,
    int? Messages,
    long EventsLost,
    TraceCount Threads,
    TraceCount Timers,
    TraceCount Operations,
    IReadOnlyList<TraceFinding> Findings,
    IReadOnlyList<string> Notes)
{
    public static TraceDocument Of(TraceReport report) => new(
        report.ProcessId,
        Math.Round(report.Window.TotalSeconds, 3),
        report.Messages,
        report.EventsLost,
        report.Threads,
        report.Timers,
        report.Operations,
        report.Findings,
        report.Notes);

    public string ToJson() => JsonSerializer.Serialize(this, TraceJson.Default.TraceDocument);
}
