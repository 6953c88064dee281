using System.Threading.RateLimiting;

namespace Zanshin;

/// <content>The queue's place among others.</content>
public sealed partial class QueueBuilder
{
    private GroupBuilder? _configuredGroup;

    /// <inheritdoc cref="QueueOptions.Weight"/>
    public int Weight
    {
        get => Options.Weight;
        set => Options.Weight = value;
    }

    /// <inheritdoc cref="QueueOptions.Concurrency"/>
    public int? Concurrency
    {
        get => Options.Concurrency;
        set => Options.Concurrency = value;
    }

    /// <inheritdoc cref="QueueOptions.Delay"/>
    public TimeSpan? Delay
    {
        get => Options.Delay;
        set => Options.Delay = value;
    }

    /// <inheritdoc cref="QueueOptions.RateLimit"/>
    public double? RateLimit
    {
        get => Options.RateLimit;
        set => Options.RateLimit = value;
    }

    /// <summary>Null for the worker's own group.</summary>
    internal GroupBuilder? Group => _configuredGroup ?? CodedGroup;

    /// <summary>The group that code put it in.</summary>
    internal GroupBuilder? CodedGroup { get; set; }

    internal List<RateLimiter> RateLimiters { get; } = [];

    internal void Configure(Hosting.Configured configured, ZanshinBuilder worker)
    {
        _ = Coded; // taken before the first time that the options are others
        Options = configured.Of(this);
        _configuredGroup = configured.Members.TryGetValue(this, out string? group) ? worker.GroupOf(group) : null;
    }

    /// <summary>Whether a name in the configuration means this queue: its own, or as it was given.</summary>
    internal bool IsNamed(string name) => Name == name || Hosting.QueueResolver.NameOf(Name) == name;

    /// <summary>No message of the queue starts without a permit of <paramref name="limiter"/>, as <see cref="GroupBuilder.LimitRate"/> says.</summary>
    public QueueBuilder LimitRate(RateLimiter limiter)
    {
        ArgumentNullException.ThrowIfNull(limiter);
        RateLimiters.Add(limiter);
        return this;
    }
}
