namespace Zanshin;

/// <summary>
/// What a handler class says of itself; subclasses inherit it. Read where the class is registered, and what is set there in code has the last
/// word. <see cref="Queues"/> counts only where handlers are searched for in an assembly: in code the queue is named by the registration.
/// </summary>
/// <param name="queues">The queues whose messages it handles, by name, URL or ARN.</param>
/// <example><code>
/// [Handler("orders", Type = "order.placed", TimeLimitSeconds = 30, Concurrency = 2, RetrySeconds = [1, 10, 60])]
/// </code></example>
[AttributeUsage(AttributeTargets.Class, Inherited = true, AllowMultiple = false)]
public sealed class HandlerAttribute(params string[] queues) : Attribute
{
    public string[] Queues { get; } = queues ?? [];

    /// <summary>The type name of the messages it takes; null for all that no other handler takes.</summary>
    public string? Type { get; set; }

    /// <summary>Further type names that it takes.</summary>
    public string[] Aliases { get; set; } = [];

    /// <summary>See <see cref="HandlerBuilder.TimeLimit"/>; in seconds, over 0, at most 43,200. Not set: the queue's limit.</summary>
    public double TimeLimitSeconds
    {
        get => TimeLimit?.TotalSeconds ?? 0;
        set => TimeLimit = Seconds(value);
    }

    /// <summary>See <see cref="HandlerBuilder.Concurrency"/>: 1 to 10,000. Not set: as many as its queue may have.</summary>
    public int Concurrency
    {
        get => ConcurrencyIfSet ?? 0;
        set => ConcurrencyIfSet = value;
    }

    /// <summary>See <see cref="HandlerBuilder.RunOnOwnThreads"/>. Not set: as the queue's others.</summary>
    public bool RunOnOwnThreads
    {
        get => RunOnOwnThreadsIfSet ?? false;
        set => RunOnOwnThreadsIfSet = value;
    }

    /// <summary>Its retry schedule: a delay in seconds per attempt, the last one for all later attempts. Not set: the queue's schedule.</summary>
    public double[]? RetrySeconds { get; set; }

    /// <summary>Draws each delay evenly between 1 s and what <see cref="RetrySeconds"/> says.</summary>
    public bool RetryJitter { get; set; }

    /// <summary>Exceptions of these types, or derived from them, reject their message.</summary>
    public Type[] RejectOn { get; set; } = [];

    internal TimeSpan? TimeLimit { get; private set; }

    internal bool? RunOnOwnThreadsIfSet { get; private set; }

    internal int? ConcurrencyIfSet { get; private set; }

    internal Backoff Schedule(double[] seconds)
    {
        var schedule = Backoff.Delays(Array.ConvertAll(seconds, Seconds));
        return RetryJitter ? schedule.WithJitter() : schedule;
    }

    // What no TimeSpan can hold is out of all limits, and is refused as such.
    private static TimeSpan Seconds(double value) =>
        double.IsNaN(value) ? TimeSpan.MinValue : value >= 1e9 ? TimeSpan.MaxValue : value <= -1e9 ? TimeSpan.MinValue : TimeSpan.FromSeconds(value);
}
