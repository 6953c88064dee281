using System.Threading.RateLimiting;

namespace Zanshin;

/// <content>The queue's place among others.</content>
public sealed partial class QueueBuilder
{
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
    internal GroupBuilder? Group { get; set; }

    internal List<RateLimiter> RateLimiters { get; } = [];

    internal void Configure(Hosting.Configured configured, ZanshinBuilder worker)
    {
        _ = Coded; // taken before the first time that the options are others
        Options = configured.Of(this);
        if (configured.Members.TryGetValue(this, out string? group))
            Group = group == ZanshinBuilder.OwnGroup ? null : worker.GroupOf(group);
    }

    /// <summary>No message of the queue starts without a permit of <paramref name="limiter"/>, as <see cref="GroupBuilder.LimitRate"/> says.</summary>
    public QueueBuilder LimitRate(RateLimiter limiter)
    {
        ArgumentNullException.ThrowIfNull(limiter);
        RateLimiters.Add(limiter);
        return this;
    }
}
