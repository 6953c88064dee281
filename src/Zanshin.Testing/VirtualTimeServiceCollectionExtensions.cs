using Microsoft.Extensions.DependencyInjection;
using Zanshin.Timing;

namespace Zanshin.Testing;

public static class VirtualTimeServiceCollectionExtensions
{
    /// <summary>
    /// Runs the worker of <c>AddZanshin</c>, called before or after, on virtual time: start it, and use it, inside of <see cref="VirtualTime.Run(Func{Task}, TimeSpan?)"/>. The clock is
    /// registered as the <see cref="TimeProvider"/> too. Give the queue the same (<see cref="LocalQueue.LocalSqsOptions.TimeProvider"/>).
    /// </summary>
    /// <param name="seed">Of the worker's dice (jitter, ids): the same seed, the same run. Default 1.</param>
    public static IServiceCollection AddVirtualTime(this IServiceCollection services, VirtualTime time, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(time);
        services.AddSingleton<TimeProvider>(time);
        return services.AddSingleton(new Surroundings(time, new Random(seed), time.Context));
    }
}
