namespace Zanshin;

/// <summary>The options of a group of queues. Set in code; the configuration section <c>Zanshin:Groups:NAME</c> has the last word.</summary>
public sealed class GroupOptions
{
    /// <summary>Slots: how many messages of the group's queues are handled at once. 1 to 10,000; default <see cref="ZanshinOptions.Concurrency"/>.</summary>
    public int? Concurrency { get; set; }

    /// <summary>How long a queue of the group rests after an empty receive, unless it says so itself. 0 to 15 minutes; default <see cref="ZanshinOptions.Delay"/>.</summary>
    public TimeSpan? Delay { get; set; }

    /// <summary>How many messages of the group may start in a second, smoothly, a second's worth at once at most. Over 0 to 1,000,000; default no limit.</summary>
    public double? RateLimit { get; set; }

    internal GroupOptions Copy() => (GroupOptions)MemberwiseClone();
}
