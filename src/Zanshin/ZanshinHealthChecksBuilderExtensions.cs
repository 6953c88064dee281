using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Zanshin.Observing;

namespace Zanshin;

public static class ZanshinHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds the worker's two checks. <c>zanshin-live</c>, tagged <c>live</c>: unhealthy when only a restart would help, because a queue
    /// is not asked although it could be, or has been asked in vain for very long (<see cref="ZanshinHealthOptions"/>). <c>zanshin-ready</c>,
    /// tagged <c>ready</c>: unhealthy before the start, from the stop on, and when a queue could not be reached for a minute. Both are degraded
    /// while something is wrong, and cost no request to SQS.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A time of the options is not over 0.</exception>
    public static IHealthChecksBuilder AddZanshin(this IHealthChecksBuilder builder, Action<ZanshinHealthOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new ZanshinHealthOptions();
        configure?.Invoke(options);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.DeadAfterStandstill, TimeSpan.Zero);
        if (options.DeadAfterFailing != Timeout.InfiniteTimeSpan)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.DeadAfterFailing, TimeSpan.Zero);
        return builder
            .Add(new HealthCheckRegistration("zanshin-live", s => new LivenessCheck(Worker(s), options), null, ["zanshin", "live"]))
            .Add(new HealthCheckRegistration("zanshin-ready", static s => new ReadinessCheck(Worker(s)), null, ["zanshin", "ready"]));
    }

    private static ZanshinWorker Worker(IServiceProvider services) => services.GetService<ZanshinWorker>()
        ?? throw new InvalidOperationException("There is no worker to check: add one with services.AddZanshin(...).");
}
