using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Zanshin.Testing.Queues;
using Zanshin.Testing.Runs;

namespace Zanshin.Testing;

public static class LocalQueueServiceCollectionExtensions
{
    /// <summary>
    /// Puts the application on queues of its own in this process: takes the place of every <see cref="IAmazonSQS"/> that is registered, keyed ones too, and makes the
    /// queues that the set-up names. For tests of a whole host (<c>WebApplicationFactory</c>, in <c>ConfigureTestServices</c>); before or after <c>AddZanshin</c>.
    /// <see cref="TestQueues"/> gives the queues and what was sent, <see cref="ZanshinWorkerExtensions.WhenIdleAsync"/> waits for the worker.
    /// The clock is the registered <see cref="TimeProvider"/>, else the system's. A stop of the host does not wait for open receives.
    /// </summary>
    public static IServiceCollection UseLocalQueue(this IServiceCollection services, Action<LocalQueueOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Add(services, configure, delivers: true);
    }

    internal static IServiceCollection Add(IServiceCollection services, Action<LocalQueueOptions>? configure, bool delivers)
    {
        var options = new LocalQueueOptions();
        configure?.Invoke(options);
        if (options.MaxReceives is < 1 or > 1000)
            throw new ArgumentException($"MaxReceives is {options.MaxReceives}: SQS takes 1 to 1,000.", nameof(configure));
        foreach (ServiceDescriptor client in services.Where(static s => s.ServiceType == typeof(IAmazonSQS) || s.ServiceType == typeof(TestQueues)).ToList())
            services.Remove(client);
        services.TryAddSingleton(static s => new RunBook(s.GetService<TimeProvider>() ?? TimeProvider.System));
        services.AddSingleton(s => new TestQueues(
            s.GetService<ZanshinBuilder>(), options, s.GetService<TimeProvider>() ?? TimeProvider.System, delivers, s.GetRequiredService<RunBook>()));
        services.AddSingleton<IAmazonSQS>(static s => s.GetRequiredService<TestQueues>().ApplicationsClient);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, WaitsEnd>());
        return services;
    }
}
