using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>A strategy of the application's: any queue may have the turn, or go before another, and now and then it throws or names none.</summary>
internal sealed class DrawnTurns(int seed) : PollingStrategy
{
    private readonly Random _dice = new(seed);

    public override int Next(IReadOnlyList<QueueTurn> queues) =>
        _dice.OneIn(50) ? throw new DrawnException() : _dice.OneIn(50) ? queues.Count : _dice.Next(queues.Count);

    public override bool Outranks(QueueTurn queue, QueueTurn other) => _dice.OneIn(50) ? throw new DrawnException() : _dice.OneIn(3);
}
