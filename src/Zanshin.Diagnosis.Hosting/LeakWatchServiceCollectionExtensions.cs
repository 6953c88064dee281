using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Zanshin.Diagnosis;
using Zanshin.Diagnosis.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Watches the host for leaks.</summary>
public static class LeakWatchServiceCollectionExtensions
{
    /// <summary>
    /// Watches this process while the host runs, for what messages leave behind (<see cref="LeakWatch"/>, which is a service too). A finding is a log
    /// event of the category <c>Zanshin.Diagnosis.LeakWatch</c>, makes the health check <c>leaks</c> degraded, and shows in the metrics
    /// <c>zanshin.leak.findings</c> and <c>zanshin.leak.orphans</c> of the meter <c>Zanshin.Diagnosis</c>. When the host has stopped, what handlers left running is logged. Again: the options are
    /// changed further.
    /// </summary>
    public static IServiceCollection AddLeakWatch(this IServiceCollection services, Action<LeakWatchOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is not null)
            services.Configure(configure);
        if (services.Any(static s => s.ServiceType == typeof(LeakWatch)))
            return services;
        services.AddOptions<LeakWatchOptions>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<LeakWatchOptions>, StoppingToken>());
        services.AddSingleton(static s => new LeakWatch(s.GetRequiredService<IOptions<LeakWatchOptions>>().Value, s.GetService<TimeProvider>()));
        services.AddHostedService<LeakWatchService>();
        services.AddHealthChecks().AddCheck<LeakHealthCheck>("leaks");
        return services;
    }
}
