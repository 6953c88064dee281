using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zanshin.Observing;

/// <summary>Whether the worker works, or only a restart would help it.</summary>
internal sealed class LivenessCheck(ZanshinWorker worker, ZanshinHealthOptions options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        WorkerStatus status = worker.GetStatus();
        List<string> dead = [.. Dead(status)];
        if (status.Trouble is { } trouble && dead.Count == 0)
            return Task.FromResult(HealthCheckResult.Degraded($"{trouble.TrimEnd('.')}.", data: HealthData.Of(status)));
        List<string> ill = [.. status.Queues.Where(static q => q.Trouble is not null).Select(static q => $"Queue '{q.Name}': {q.Trouble}.")];
        return Task.FromResult(
            dead.Count > 0 ? new HealthCheckResult(context.Registration.FailureStatus, string.Join(" ", dead), data: HealthData.Of(status))
            : ill.Count > 0 ? HealthCheckResult.Degraded(string.Join(" ", ill), data: HealthData.Of(status))
            : HealthCheckResult.Healthy($"The worker is {status.State}.", HealthData.Of(status)));
    }

    // Before its start, and once it stops, it is the host that tells.
    private IEnumerable<string> Dead(WorkerStatus status)
    {
        if (worker.ClientIsGone)
            yield return $"The worker has ended: {status.Trouble}.";
        if (options.DeadAfterFailing != Timeout.InfiniteTimeSpan && status.StartTriedFor > options.DeadAfterFailing)
            yield return string.Create(CultureInfo.InvariantCulture, $"The worker has tried to start in vain for {status.StartTriedFor.TotalSeconds:0} s: {status.Trouble}");
        if (status.State is not WorkerState.Working and not WorkerState.Quiet)
            yield break;
        if (options.DeadWhenAllSlotsAreLost && status.SlotsLost >= status.Concurrency)
            yield return $"All {status.Concurrency} slots are lost to handlers that look stuck.";
        else if (options.DeadWhenAllSlotsAreLost && status.Groups.FirstOrDefault(static g => g.SlotsLost >= g.Concurrency) is { } lost)
            yield return $"All {lost.Concurrency} slots of group '{lost.Name}' are lost to handlers that look stuck.";
        foreach (QueueStatus queue in status.Queues)
        {
            if (queue.StandsStillFor > options.DeadAfterStandstill)
                yield return string.Create(CultureInfo.InvariantCulture, $"Queue '{queue.Name}' has not been asked for {queue.StandsStillFor.TotalSeconds:0} s, although there is room.");
            if (options.DeadAfterFailing != Timeout.InfiniteTimeSpan && queue.FailingFor > options.DeadAfterFailing)
                yield return string.Create(CultureInfo.InvariantCulture, $"Queue '{queue.Name}' has been asked in vain for {queue.FailingFor.TotalSeconds:0} s: {queue.Trouble}.");
        }
    }
}
