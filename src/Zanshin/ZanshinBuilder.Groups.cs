using System.Threading.RateLimiting;

namespace Zanshin;

/// <content>Groups of queues.</content>
public sealed partial class ZanshinBuilder
{
    private Polling? _codedPolling;

    /// <summary>The group of the queues that were put in none.</summary>
    internal const string OwnGroup = "default";

    /// <inheritdoc cref="ZanshinOptions.MaxConcurrency"/>
    public int? MaxConcurrency
    {
        get => Options.MaxConcurrency;
        set => Options.MaxConcurrency = value;
    }

    /// <inheritdoc cref="ZanshinOptions.MinThreads"/>
    public int? MinThreads
    {
        get => Options.MinThreads;
        set => Options.MinThreads = value;
    }

    /// <inheritdoc cref="ZanshinOptions.Delay"/>
    public TimeSpan Delay
    {
        get => Options.Delay;
        set => Options.Delay = value;
    }

    /// <inheritdoc cref="ZanshinOptions.RateLimit"/>
    public double? RateLimit
    {
        get => Options.RateLimit;
        set => Options.RateLimit = value;
    }

    /// <summary>In which order the queues of a group take turns, where the group does not say. Default <see cref="Polling.WeightedRoundRobin"/>.</summary>
    public Polling Polling { get; set; } = Polling.WeightedRoundRobin;

    internal List<GroupBuilder> Groups { get; } = [];

    internal List<RateLimiter> RateLimiters { get; } = [];

    /// <summary>The queues that this process works.</summary>
    internal IEnumerable<QueueBuilder> Worked => Only is null ? Queues : Queues.Where(q => Only.Any(name => q.IsNamed(name) || string.Equals(q.Group?.Name ?? OwnGroup, name, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Sets up queues that only the configuration names; null where that is a mistake.</summary>
    internal Action<QueueBuilder>? Others { get; private set; }

    /// <summary>Queues and groups that this process works; null for all.</summary>
    internal HashSet<string>? Only { get; private set; }

    /// <summary>Queues that a reload has named since the start.</summary>
    internal IReadOnlyList<string> NewQueues { get; private set; } = [];

    /// <summary>The strategy as code set it.</summary>
    internal Polling CodedPolling => _codedPolling ??= Polling;

    /// <summary>Sets up a group of queues with slots of their own. Called again with the same name, it goes on where it was.</summary>
    /// <param name="name">Any but <c>default</c>, which is the group of the queues that are in no other.</param>
    public ZanshinBuilder Group(string name, Action<GroupBuilder> configure)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        configure(GroupOf(name));
        return this;
    }

    /// <summary>
    /// Works every queue that the configuration names and the code does not, in the same way. Handler classes must be registered in the services already.
    /// </summary>
    public ZanshinBuilder OtherQueues(Action<QueueBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        Others = configure;
        return this;
    }

    /// <summary>No message of the worker starts without a permit of <paramref name="limiter"/>, as <see cref="GroupBuilder.LimitRate"/> says.</summary>
    public ZanshinBuilder LimitRate(RateLimiter limiter)
    {
        ArgumentNullException.ThrowIfNull(limiter);
        RateLimiters.Add(limiter);
        return this;
    }

    /// <summary>Takes over what was read of the configuration.</summary>
    internal void Configure(Hosting.Configured configured)
    {
        _ = Coded; // taken before the first time that the options are others
        Options = configured.Worker;
        Polling = configured.Polling;
        Only = configured.Only;
        NewQueues = configured.NewQueues;
        foreach (QueueBuilder queue in Queues)
            queue.Configure(configured, this);
        foreach (GroupBuilder group in Groups)
            group.Configure(configured);
    }

    /// <summary>The group of that name, made where it is not there yet.</summary>
    internal GroupBuilder GroupOf(string name)
    {
        GroupBuilder? group = Groups.Find(g => string.Equals(g.Name, name, StringComparison.OrdinalIgnoreCase));
        if (group is null)
            Groups.Add(group = new GroupBuilder(name, this));
        return group;
    }
}
