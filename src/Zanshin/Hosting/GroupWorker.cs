using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;
using Zanshin.Timing;

namespace Zanshin.Hosting;

/// <summary>One group of a running worker: its slots, and what its queues have in common.</summary>
internal sealed class GroupWorker
{
    public GroupWorker(string name, GroupBuilder? setup, ZanshinBuilder worker, Ceiling ceiling, Surroundings surroundings, ILogger logger)
    {
        (Name, Setup) = (name, setup);
        var rate = new TokenBucket(setup?.RateLimit);
        Dispatcher = new Dispatcher(name, ConcurrencyOf(setup?.Options, worker.Options), setup?.Polling ?? worker.Polling, rate, ceiling, surroundings, logger);
        Throttles = [rate, .. Limiters(setup?.RateLimiters ?? [], ceiling, surroundings, logger), ceiling.Rate, .. ceiling.Limiters];
    }

    public string Name { get; }

    /// <summary>Null for the worker's own group.</summary>
    public GroupBuilder? Setup { get; }

    public Dispatcher Dispatcher { get; }

    /// <summary>Its own, and the worker's.</summary>
    public Throttle[] Throttles { get; }

    public static int ConcurrencyOf(GroupOptions? group, ZanshinOptions worker) => Math.Max(1, group?.Concurrency ?? worker.Concurrency);

    public static IEnumerable<LimiterThrottle> Limiters(IEnumerable<System.Threading.RateLimiting.RateLimiter> limiters, Ceiling ceiling, Surroundings surroundings, ILogger logger) =>
        limiters.Select(limiter => new LimiterThrottle(limiter, ceiling.Lock, surroundings, logger));
}
