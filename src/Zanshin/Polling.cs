using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;
using Zanshin.Timing;

namespace Zanshin;

/// <summary>The ways to order the queues of a group. Each queue has a receive of its own, so an empty one never holds up the others.</summary>
public sealed class Polling
{
    private readonly Func<PollingStrategy>? _create; // the application's
    private readonly Func<Turns>? _turns;

    private Polling(string name, Func<Turns> turns) => (Name, _turns) = (name, turns);

    private Polling(string name, Func<PollingStrategy> create) => (Name, _create) = (name, create);

    /// <summary>For people, and for the configuration: <c>WeightedRoundRobin</c>, <c>StrictPriority</c>, or the name of an own one.</summary>
    public string Name { get; }

    /// <summary>
    /// Turns by weight, interleaved: of weights 3 and 1 the turns are a, a, b, a. A queue that has nothing gives its turns to the others. The default.
    /// </summary>
    public static Polling WeightedRoundRobin { get; } = new("WeightedRoundRobin", static () => new WeightedTurns());

    /// <summary>
    /// The queue of the greatest weight first, whenever it has something; of equal weights the one that was set up first. A queue that is
    /// always full lets those below it starve; <see cref="StrictPriorityWithin"/> does not.
    /// </summary>
    public static Polling StrictPriority { get; } = new("StrictPriority", static () => new PriorityTurns(Timeout.InfiniteTimeSpan)) { IsStrictPriority = true };

    /// <summary>Strict priority, but for what has waited longer than <paramref name="longest"/>: it goes first, and a queue is asked at least that often.</summary>
    /// <param name="longest">Over 0.</param>
    public static Polling StrictPriorityWithin(TimeSpan longest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(longest, TimeSpan.Zero);
        return new("StrictPriority", () => new PriorityTurns(longest)) { IsStrictPriority = true, Within = longest };
    }

    /// <summary>An own strategy.</summary>
    /// <param name="name">For people.</param>
    /// <param name="create">Called for each instance that is needed, two for each group.</param>
    public static Polling By(string name, Func<PollingStrategy> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        return new(name, create);
    }

    public override string ToString() => Within is { } longest ? $"{Name} within {longest}" : Name;

    internal bool IsStrictPriority { get; private init; }

    private TimeSpan? Within { get; init; }

    internal Turns CreateTurns(Dispatcher group, Surroundings surroundings, ILogger logger) =>
        _turns is null ? new StrategyTurns(this, _create!(), group, surroundings, logger) : _turns();

    /// <summary>The same for receives that no room is kept for: the application's strategy is not asked about those.</summary>
    internal Turns CreateOwnTurns() => _turns is null ? new WeightedTurns() : _turns();
}
