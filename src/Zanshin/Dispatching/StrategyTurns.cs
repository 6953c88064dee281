using Microsoft.Extensions.Logging;
using Zanshin.Observing;

namespace Zanshin.Dispatching;

/// <summary>By the application's <see cref="PollingStrategy"/>, which may fail. It is asked with all that may have the turn, so it is the dispatcher who finds them.</summary>
internal sealed class StrategyTurns(Polling polling, PollingStrategy strategy, string group, ILogger logger) : Turns
{
    private readonly List<QueueLine> _wanting = [];
    private readonly List<QueueTurn> _asked = [];
    private bool _failed;

    public override int Count => _wanting.Count;

    public override bool Ranks => true;

    public IReadOnlyList<QueueLine> Wanting => _wanting;

    public override void Add(QueueLine line)
    {
        if (!_wanting.Contains(line))
            _wanting.Add(line);
    }

    public override void Remove(QueueLine line) => _wanting.Remove(line);

    public override QueueLine? First(TimeSpan now) => _wanting.Count == 0 ? null : _wanting[0];

    public override void Took(QueueLine line)
    {
    }

    public override void Reweigh(QueueLine line)
    {
    }

    /// <summary>The queue whose turn it is of these, in the order of the setup; null where there is none.</summary>
    public QueueLine? Choose(List<QueueLine> among)
    {
        if (among.Count < 2)
            return among.Count == 0 ? null : among[0];
        _asked.Clear();
        foreach (QueueLine line in among)
            _asked.Add(line.Turn);
        try
        {
            int next = strategy.Next(_asked);
            if (next >= 0 && next < among.Count)
                return among[next];
            Failed(new InvalidOperationException($"The strategy gave the turn to place {next} of {among.Count} queues."));
        }
        catch (Exception exception)
        {
            Failed(exception);
        }
        return among[0];
    }

    public override bool Outranks(QueueLine line, QueueLine other, TimeSpan now)
    {
        try
        {
            return strategy.Outranks(line.Turn, other.Turn);
        }
        catch (Exception exception)
        {
            Failed(exception);
            return false;
        }
    }

    // Once, though under the lock.
    private void Failed(Exception exception)
    {
        if (!_failed)
            logger.StrategyFailed(exception, polling.Name, group);
        _failed = true;
    }
}
