using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using Zanshin.Dispatching;
using Zanshin.Hosting;
using Zanshin.Observing;

namespace Zanshin;

/// <content>What may be changed while the worker works: by code, and by a configuration that reloads.</content>
public sealed partial class ZanshinWorker
{
    private int _changes; // of the configuration that are to be read, by interlocked operations
    private IDisposable? _reloads;

    /// <summary>One queue of the running worker.</summary>
    /// <param name="name">Its name; or as it was given in the setup, where there are several of one name in different regions or accounts.</param>
    /// <exception cref="ArgumentException">The worker has no such queue, or has not started.</exception>
    public QueueControl Queue(string name)
    {
        lock (_lock)
        {
            QueueWorker queue = _queues.Find(q => q.Setup.Name == name) ?? _queues.Find(q => q.Name == name)
                ?? throw new ArgumentException($"The worker has no queue '{name}' at present: {Names("it has", _queues.Select(static q => q.Name))}.", nameof(name));
            return new QueueControl(this, queue);
        }
    }

    /// <summary>One group of the running worker; <c>default</c> is that of the queues that are in no other.</summary>
    /// <exception cref="ArgumentException">The worker has no such group, or has not started.</exception>
    public GroupControl Group(string name)
    {
        lock (_lock)
        {
            GroupWorker group = _groups.Find(g => g.Name == name)
                ?? throw new ArgumentException($"The worker has no group '{name}' at present: {Names("it has", _groups.Select(static g => g.Name))}.", nameof(name));
            return new GroupControl(this, group);
        }
    }

    /// <inheritdoc cref="ZanshinOptions.MaxConcurrency"/>
    /// <remarks>What is set before the start holds instead of the setup's.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Not between 1 and 10,000.</exception>
    public int? MaxConcurrency
    {
        get
        {
            Ceiling ceiling = Current();
            lock (ceiling.Lock)
                return ceiling.Most;
        }
        set
        {
            if (value is { } slots)
                Limits.CheckConcurrency(slots);
            Change("MaxConcurrency", MaxConcurrency, value, most =>
            {
                lock (_lock)
                {
                    _mostIsSet = true;
                    lock (_ceiling.Lock)
                    {
                        _ceiling.Most = most;
                        _ceiling.Changed(_surroundings.Now);
                    }
                }
            });
        }
    }

    /// <inheritdoc cref="ZanshinOptions.RateLimit"/>
    /// <remarks>What is set before the start holds instead of the setup's.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">Not over 0, or over 1,000,000.</exception>
    public double? RateLimit
    {
        get
        {
            Ceiling ceiling = Current();
            lock (ceiling.Lock)
                return ceiling.Rate.PerSecond;
        }
        set
        {
            if (value is { } perSecond)
                Limits.CheckRate(perSecond);
            Change("RateLimit", RateLimit, value, rate =>
            {
                lock (_lock)
                {
                    _rateIsSet = true;
                    lock (_ceiling.Lock)
                    {
                        _ceiling.Rate.PerSecond = rate;
                        _ceiling.Changed(_surroundings.Now);
                    }
                }
            });
        }
    }

    internal List<QueueWorker> QueuesOf(GroupWorker group)
    {
        lock (_lock)
            return _queues.FindAll(q => q.Group == group);
    }

    internal void Pause(List<QueueWorker> queues, bool pause)
    {
        foreach (QueueWorker queue in queues)
        {
            lock (_lock)
            {
                if (queue.Paused == pause)
                    continue;
                queue.Paused = pause;
                queue.Receiver.Quiet(pause || _state == WorkerState.Quiet);
            }
            if (pause)
                _logger.Paused(queue.Name);
            else
                _logger.Unpaused(queue.Name);
        }
    }

    // Whoever changes it: code, or a configuration that was read again. What is set before the start is no change.
    internal void Change<T>(string what, T before, T after, Action<T> set)
    {
        set(after);
        lock (_lock)
        {
            if (_state is not WorkerState.Working and not WorkerState.Quiet)
                return;
        }
        if (!EqualityComparer<T>.Default.Equals(before, after))
            _logger.Changed(what, after?.ToString() ?? "without limit");
    }

    private Ceiling Current()
    {
        lock (_lock)
            return _ceiling;
    }

    // The setup's limits, but for those that were set before the start.
    private void Take(List<GroupWorker> groups, Ceiling ceiling)
    {
        lock (_lock)
        {
            if (_mostIsSet)
                ceiling.Most = _ceiling.Most;
            if (_rateIsSet)
                ceiling.Rate.PerSecond = _ceiling.Rate.PerSecond;
            (_groups, _ceiling) = (groups, ceiling);
        }
    }

    private static string Names(string verb, IEnumerable<string> names) => names.Any() ? $"{verb} {string.Join(", ", names)}" : "it has none before its start";

    private void WatchConfiguration()
    {
        if (_services.GetService<IConfiguration>() is not { } configuration)
            return;
        IDisposable reloads = ChangeToken.OnChange(configuration.GetReloadToken, () => Reload(configuration));
        lock (_lock)
        {
            _reloads = _state is WorkerState.Working or WorkerState.Quiet ? reloads : null;
        }
        if (_reloads is null)
            reloads.Dispose();
        else
            // What changed while the worker started.
            Reload(configuration);
    }

    // Not under the lock: it waits for a reload that is under way.
    private void StopWatchingConfiguration()
    {
        IDisposable? reloads;
        lock (_lock)
            (reloads, _reloads) = (_reloads, null);
        reloads?.Dispose();
    }

    // On the thread of who changed the configuration, one at a time and without a lock: what the configuration is read from, and the logger, are the
    // application's. Who comes meanwhile has it read once more.
    private void Reload(IConfiguration configuration)
    {
        if (Interlocked.Increment(ref _changes) > 1)
            return;
        int read;
        do
        {
            read = Volatile.Read(ref _changes);
            try
            {
                if (GetStatus().State is WorkerState.Working or WorkerState.Quiet)
                    Reloading.Apply(_setup, configuration, this, _groups, _queues, _logger);
            }
            catch
            {
                Volatile.Write(ref _changes, 0);
                throw;
            }
        }
        while (Interlocked.Add(ref _changes, -read) > 0);
    }
}
