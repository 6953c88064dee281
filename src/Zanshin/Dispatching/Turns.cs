using Microsoft.Extensions.Logging;
using Zanshin.Observing;

namespace Zanshin.Dispatching;

/// <summary>Who of several queues has the next turn, by the group's polling strategy, which is the application's and may fail. Guarded by the dispatcher's lock.</summary>
internal sealed class Turns(Polling polling, string group, ILogger logger)
{
    private readonly PollingStrategy _strategy = polling.Create();
    private readonly List<QueueTurn> _queues = [];
    private readonly List<QueueLine> _lines = [];
    private bool _failed;

    public void Clear()
    {
        _queues.Clear();
        _lines.Clear();
    }

    public void Add(QueueLine line)
    {
        _queues.Add(line.Turn);
        _lines.Add(line);
    }

    public void Remove(QueueLine line)
    {
        int place = _lines.IndexOf(line);
        _queues.RemoveAt(place);
        _lines.RemoveAt(place);
    }

    /// <summary>The queue whose turn it is of those that were added; null when there is none.</summary>
    public QueueLine? Next()
    {
        if (_lines.Count < 2)
            return _lines.Count == 0 ? null : _lines[0];
        try
        {
            int next = _strategy.Next(_queues);
            if (next >= 0 && next < _lines.Count)
                return _lines[next];
            Failed(new InvalidOperationException($"The strategy gave the turn to place {next} of {_lines.Count} queues."));
        }
        catch (Exception exception)
        {
            Failed(exception);
        }
        return _lines[0];
    }

    /// <summary>Who follows when somebody else has had the turn, at no cost to its own: by rank, then by how long ago SQS answered for it.</summary>
    public QueueLine? After()
    {
        QueueLine? next = null;
        foreach (QueueLine line in _lines)
        {
            if (next is null || Outranks(line, next) || (line.AnsweredAt < next.AnsweredAt && !Outranks(next, line)))
                next = line;
        }
        return next;
    }

    public bool Outranks(QueueLine line, QueueLine other)
    {
        try
        {
            return _strategy.Outranks(line.Turn, other.Turn);
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
