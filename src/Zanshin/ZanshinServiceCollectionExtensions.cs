using Microsoft.Extensions.Configuration;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Zanshin.Sending;

namespace Zanshin;

public static class ZanshinServiceCollectionExtensions
{
    /// <summary>
    /// Adds a worker that runs with the host, and <see cref="ISender"/>. Called again, it adds to the same worker. The SQS
    /// client is the application's own <c>IAmazonSQS</c> where one is registered (by queue name as its key, or without one), else
    /// one of the worker's. The clock is the registered <see cref="TimeProvider"/>, else the system's.
    /// </summary>
    public static IServiceCollection AddZanshin(this IServiceCollection services, Action<ZanshinBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var builder = (ZanshinBuilder?)services.FirstOrDefault(static s => s.ServiceType == typeof(ZanshinBuilder))?.ImplementationInstance;
        if (builder is null)
        {
            services.AddSingleton(builder = new ZanshinBuilder(services));
            services.AddLogging();
            services.TryAddSingleton<Hosting.SqsClients>();
            services.TryAddSingleton<Hosting.QueueResolver>();
            services.TryAddSingleton(static s => new Observing.Instruments(s.GetService<IMeterFactory>(), s.GetRequiredService<ILogger<ZanshinWorker>>()));
            services.TryAddSingleton<ZanshinWorker>();
            services.TryAddTransient<Hosting.ContainerEnd>();
            services.TryAddSingleton<SendQueues>();
            services.TryAddSingleton<Preparation>();
            services.TryAddSingleton<ISender, SqsSender>();
            services.TryAddSingleton<BufferedSender>();
            services.TryAddSingleton<IBufferedSender>(static s => s.GetRequiredService<BufferedSender>());
            services.AddSingleton<IHostedService>(static s => s.GetRequiredService<BufferedSender>());
            services.AddSingleton<IHostedService>(static s => s.GetRequiredService<ZanshinWorker>());
            services.TryAddSingleton(static s => Timing.Surroundings.Production(s.GetService<TimeProvider>() ?? TimeProvider.System));
            services.AddOptions<HostOptions>().PostConfigure<IServiceProvider>(static (host, s) =>
                host.ShutdownTimeout = Hosting.StopBudget.HostTimeout(host.ShutdownTimeout, s.GetRequiredService<ZanshinBuilder>().Options, s.GetService<IConfiguration>()));
        }
        configure(builder);
        if (builder.HandlesSignals)
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, Hosting.Signals>());
        return services;
    }
}
