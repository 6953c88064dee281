using Zanshin.Hosting;

namespace Zanshin;

/// <summary>One queue of a running worker, to be paused and changed. Thread-safe. What is changed here lasts until the worker's end, or until the configuration is reloaded with another value.</summary>
public sealed class QueueControl
{
    private readonly ZanshinWorker _worker;
    private readonly QueueWorker _queue;

    internal QueueControl(ZanshinWorker worker, QueueWorker queue) => (_worker, _queue) = (worker, queue);

    /// <summary>The queue's name.</summary>
    public string Name => _queue.Name;

    public bool Paused => _queue.Paused;

    /// <summary>Receives nothing more from the queue; what is here already is worked. Does nothing when it is paused.</summary>
    public void Pause() => _worker.Pause([_queue], pause: true);

    public void Resume() => _worker.Pause([_queue], pause: false);

    /// <inheritdoc cref="QueueOptions.Concurrency"/>
    /// <exception cref="ArgumentOutOfRangeException">Not between 1 and 10,000.</exception>
    public int? Concurrency
    {
        get => _queue.Group.Dispatcher.LimitOf(_queue.Line);
        set
        {
            if (value is { } slots)
                Limits.CheckConcurrency(slots);
            _worker.Change($"Concurrency of {Name}", Concurrency, value, most => _queue.Group.Dispatcher.Limit(_queue.Line, most));
        }
    }

    /// <inheritdoc cref="QueueOptions.Weight"/>
    /// <exception cref="ArgumentOutOfRangeException">Not between 1 and 1,000.</exception>
    public int Weight
    {
        get => _queue.Line.Weight;
        set
        {
            Limits.CheckWeight(value);
            _worker.Change($"Weight of {Name}", Weight, value, weight => _queue.Group.Dispatcher.Weigh(_queue.Line, weight));
        }
    }

    /// <inheritdoc cref="QueueOptions.RateLimit"/>
    /// <exception cref="ArgumentOutOfRangeException">Not over 0, or over 1,000,000.</exception>
    public double? RateLimit
    {
        get => _queue.Group.Dispatcher.RateOf(_queue.Rate);
        set
        {
            if (value is { } perSecond)
                Limits.CheckRate(perSecond);
            _worker.Change($"RateLimit of {Name}", RateLimit, value, rate => _queue.Group.Dispatcher.Throttle(_queue.Rate, rate));
        }
    }

    /// <inheritdoc cref="QueueOptions.Delay"/>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or over 15 minutes.</exception>
    public TimeSpan Delay
    {
        get => _queue.Line.Delay;
        set
        {
            Limits.CheckDelay(value);
            _worker.Change($"Delay of {Name}", Delay, value, rest =>
            {
                _queue.Line.Delay = rest;
                _queue.Receiver.EndRest();
            });
        }
    }
}
