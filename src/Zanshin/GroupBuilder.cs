using System.Threading.RateLimiting;

namespace Zanshin;

/// <summary>
/// A group of queues that share slots, and the order in which they take turns. Mistakes are found at the host's start, all at once.
/// </summary>
public sealed class GroupBuilder
{
    private readonly ZanshinBuilder _worker;
    private GroupOptions? _coded;
    private Polling? _codedPolling;

    internal GroupBuilder(string name, ZanshinBuilder worker) => (Name, _worker) = (name, worker);

    /// <summary>For people, the configuration and the metrics.</summary>
    public string Name { get; }

    public GroupOptions Options { get; private set; } = new();

    /// <summary>The options as code set them: the configuration is read on top of these.</summary>
    internal GroupOptions Coded
    {
        get
        {
            if (_coded is null)
                (_coded, _codedPolling) = (Options.Copy(), Polling);
            return _coded;
        }
    }

    /// <summary>The strategy as code set it; null for the worker's.</summary>
    internal Polling? CodedPolling => _coded is null ? Polling : _codedPolling;

    /// <inheritdoc cref="GroupOptions.Concurrency"/>
    public int? Concurrency
    {
        get => Options.Concurrency;
        set => Options.Concurrency = value;
    }

    /// <inheritdoc cref="GroupOptions.Delay"/>
    public TimeSpan? Delay
    {
        get => Options.Delay;
        set => Options.Delay = value;
    }

    /// <inheritdoc cref="GroupOptions.RateLimit"/>
    public double? RateLimit
    {
        get => Options.RateLimit;
        set => Options.RateLimit = value;
    }

    /// <summary>In which order the queues take turns. Default: the worker's, <see cref="ZanshinBuilder.Polling"/>.</summary>
    public Polling? Polling { get; set; }

    internal List<RateLimiter> RateLimiters { get; } = [];

    internal void Configure(Hosting.Configured configured)
    {
        _ = Coded; // taken before the first time that the options are others
        Options = configured.Of(this);
        Polling = configured.PollingOf(this);
    }

    /// <summary>Works a queue in this group, also one that was set up in another before.</summary>
    /// <param name="name">Its name, URL or ARN.</param>
    public GroupBuilder Queue(string name, Action<QueueBuilder> configure)
    {
        _worker.Queue(name, queue =>
        {
            queue.CodedGroup = this;
            configure(queue);
        });
        return this;
    }

    /// <summary>
    /// No message of the group starts without a permit of <paramref name="limiter"/>; what does not get one waits, leased. It is asked without waiting, again when it
    /// says so (<see cref="MetadataName.RetryAfter"/>) or every 50 ms, and its lease is disposed when the run ends; at once, where another limit refuses the start, but for a <see cref="ReplenishingRateLimiter"/>, whose permit
    /// is kept for the next start. It stays the caller's, and may be shared. It may take its time, and look at the worker: it is called outside of all locks, by one
    /// thread at a time for each time that it is set, and holds up nothing but what needs its permits.
    /// </summary>
    public GroupBuilder LimitRate(RateLimiter limiter)
    {
        ArgumentNullException.ThrowIfNull(limiter);
        RateLimiters.Add(limiter);
        return this;
    }
}
