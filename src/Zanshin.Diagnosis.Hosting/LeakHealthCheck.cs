using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zanshin.Diagnosis.Hosting;

/// <summary>Degraded once a leak is found: a restart frees what was left behind, and only a change of the code ends it.</summary>
internal sealed class LeakHealthCheck(LeakWatch watch) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<LeakFinding> findings = watch.Findings;
        if (findings.Count == 0)
            return Task.FromResult(HealthCheckResult.Healthy("No leak was found."));
        Dictionary<string, object> data = findings.ToDictionary(static f => f.Leak.Fingerprint, static f => (object)f.ToString());
        string description = string.Create(CultureInfo.InvariantCulture, $"{findings.Count} {(findings.Count == 1 ? "leak was" : "leaks were")} found: {findings[^1].Leak.Site}");
        return Task.FromResult(HealthCheckResult.Degraded(description, data: data));
    }
}
