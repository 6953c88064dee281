using System.Diagnostics.Metrics;

namespace Zanshin.Diagnosis.Hosting;

/// <summary>The meter <c>Zanshin.Diagnosis</c>: read when somebody listens.</summary>
internal sealed class LeakMeter : IDisposable
{
    private readonly Meter _meter = new("Zanshin.Diagnosis");

    public LeakMeter(LeakWatch watch)
    {
        _meter.CreateObservableUpDownCounter(
            "zanshin.leak.orphans",
            () => watch.Orphans.Select(static o => new Measurement<int>(o.Value, new KeyValuePair<string, object?>("kind", o.Key))),
            "{orphan}",
            "Threads of ended messages that are alive; timers and async work as far as they were listened to");
        _meter.CreateObservableUpDownCounter("zanshin.leak.findings", () => watch.Findings.Count, "{finding}", "Leaks found since the process began");
    }

    public void Dispose() => _meter.Dispose();
}
