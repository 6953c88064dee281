using Zanshin.Hosting;

namespace Zanshin;

/// <summary>One group of a running worker, to be paused and changed. Thread-safe. What is changed here lasts until the worker's end, or until the configuration is reloaded with another value.</summary>
public sealed class GroupControl
{
    private readonly ZanshinWorker _worker;
    private readonly GroupWorker _group;

    internal GroupControl(ZanshinWorker worker, GroupWorker group) => (_worker, _group) = (worker, group);

    public string Name => _group.Name;

    /// <summary>Receives nothing more from the queues of the group; what is here already is worked.</summary>
    public void Pause() => _worker.Pause(_worker.QueuesOf(_group), pause: true);

    /// <summary>Receives again from all queues of the group, also from those that were paused by themselves.</summary>
    public void Resume() => _worker.Pause(_worker.QueuesOf(_group), pause: false);

    /// <inheritdoc cref="GroupOptions.Concurrency"/>
    /// <exception cref="ArgumentOutOfRangeException">Not between 1 and 10,000.</exception>
    public int Concurrency
    {
        get => _group.Dispatcher.Concurrency;
        set
        {
            Limits.CheckConcurrency(value);
            _worker.Change($"Concurrency of group {Name}", Concurrency, value, _group.Dispatcher.Resize);
        }
    }

    /// <inheritdoc cref="GroupOptions.RateLimit"/>
    /// <exception cref="ArgumentOutOfRangeException">Not over 0, or over 1,000,000.</exception>
    public double? RateLimit
    {
        get => _group.Dispatcher.RateOf(_group.Dispatcher.Rate);
        set
        {
            if (value is { } perSecond)
                Limits.CheckRate(perSecond);
            _worker.Change($"RateLimit of group {Name}", RateLimit, value, rate => _group.Dispatcher.Throttle(_group.Dispatcher.Rate, rate));
        }
    }
}
