using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Zanshin.Observing;

/// <summary>Whether the worker takes messages: it has started and does not stop, and its queues can be reached.</summary>
internal sealed class ReadinessCheck(ZanshinWorker worker) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        WorkerStatus status = worker.GetStatus();
        List<QueueStatus> ill = [.. status.Queues.Where(static q => q.Health != QueueHealth.Healthy)];
        string troubles = string.Join(" ", ill.Select(static q => $"Queue '{q.Name}': {q.Trouble}."));
        HealthStatus health = status.State switch
        {
            WorkerState.Working when ill.Exists(static q => q.Health == QueueHealth.Unhealthy) => context.Registration.FailureStatus,
            WorkerState.Working when ill.Count == 0 => HealthStatus.Healthy,
            WorkerState.Working or WorkerState.Quiet => HealthStatus.Degraded,
            _ => context.Registration.FailureStatus,
        };
        string state = status.State == WorkerState.Working ? "The worker takes messages." : $"The worker takes no messages: it is {status.State}.{(status.Trouble is { } trouble ? $" {trouble.TrimEnd('.')}." : "")}";
        return Task.FromResult(new HealthCheckResult(health, ill.Count == 0 ? state : troubles, data: HealthData.Of(status)));
    }
}
