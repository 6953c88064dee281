using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Zanshin.Dispatching;
using Zanshin.Hosting;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin;

/// <summary>
/// The worker of an application: started and stopped with its host, and to be asked for its status. Thread-safe; starting
/// or stopping twice is harmless.
/// </summary>
public sealed partial class ZanshinWorker : IHostedService, IAsyncDisposable
{
    private readonly IServiceProvider _services;
    private readonly ZanshinBuilder _setup;
    private readonly Surroundings _surroundings;
    private readonly TimeSpan _shutdownTimeout;
    private readonly ILogger _logger;
    private readonly Lock _lock = new(); // guards the life cycle: all below
    private List<QueueWorker> _queues = [];
    private List<GroupWorker> _groups = [];
    private Ceiling _ceiling = new();
    private bool _starting;
    private Meters? _meters;
    private StopSequence? _stop;
    private WorkerState _state;

    public ZanshinWorker(IServiceProvider services, ILogger<ZanshinWorker> logger)
    {
        _services = services;
        _setup = services.GetRequiredService<ZanshinBuilder>();
        _surroundings = services.GetRequiredService<Surroundings>();
        _shutdownTimeout = services.GetService<IOptions<HostOptions>>()?.Value.ShutdownTimeout ?? TimeSpan.FromSeconds(30);
        _logger = new SafeLogger(logger);
    }

    /// <summary>Checks the setup, finds the queues, and begins to receive.</summary>
    /// <exception cref="ZanshinConfigurationException">Something is wrong with the setup, or a queue cannot be found; lists everything that is.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        List<string> wrong;
        lock (_lock)
        {
            if (_starting || _state != WorkerState.NotStarted)
                return;
            wrong = SetupCheck.Check(_setup, _services.GetService<IConfiguration>());
            // Without an endpoint there is nobody to ask for the queues.
            if (wrong.Exists(static p => p.StartsWith("Endpoint", StringComparison.Ordinal)))
                throw new ZanshinConfigurationException(wrong);
            _starting = true;
        }
        DiagnosticEvents.WorkerStarts(_surroundings, _logger);
        List<QueueWorker> queues;
        try
        {
            queues = await WireAsync(wrong, cancellationToken);
        }
        catch
        {
            lock (_lock)
                _starting = false;
            DiagnosticEvents.WorkerStopped(_surroundings, _logger);
            throw;
        }
        lock (_lock)
        {
            if (_state == WorkerState.Stopped)
            {
                DiagnosticEvents.WorkerStopped(_surroundings, _logger);
                queues.ForEach(static queue => queue.Dispose());
                return;
            }
            _queues = queues;
            _meters = new Meters(this);
            _state = WorkerState.Working;
            foreach (QueueWorker queue in _queues)
                queue.Start();
        }
        foreach (GroupWorker group in _groups)
            _logger.Started(string.Join(", ", QueuesOf(group).Select(static q => q.Name)), group.Dispatcher.Concurrency, group.Name);
        WatchConfiguration();
    }

    /// <summary>
    /// Receives no more, lets handlers finish, gives back what has not started, and ends every loop. Takes at most the host's
    /// shutdown time-out less 2 s; 5 s before that, handlers and open receives are cancelled. A second SIGINT or SIGTERM, or
    /// <paramref name="cancellationToken"/>, cancels at once.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        StopSequence stop;
        lock (_lock)
        {
            if (_state is WorkerState.NotStarted)
            {
                _state = WorkerState.Stopped;
                return;
            }
            if (_stop is null && _state == WorkerState.Stopped)
                return;
            _state = _stop is null ? WorkerState.Stopping : _state;
            _stop ??= StopSequence.Begin(_queues, [.. _groups.Select(static g => g.Dispatcher)], _surroundings, _shutdownTimeout, _logger);
            stop = _stop;
        }
        StopWatchingConfiguration();
        using CancellationTokenRegistration hurry = cancellationToken.Register(stop.Hurry);
        await stop.Ended;
        lock (_lock)
        {
            _state = WorkerState.Stopped;
            _meters?.Dispose();
        }
        DiagnosticEvents.WorkerStopped(_surroundings, _logger);
    }

    /// <summary>Receives nothing more and goes on working on what is here. To be taken back with <see cref="Resume"/>.</summary>
    public void Quiet() => Receive(quiet: true);

    /// <summary>Receives again after <see cref="Quiet"/>.</summary>
    public void Resume() => Receive(quiet: false);

    public WorkerStatus GetStatus()
    {
        lock (_lock)
        {
            GroupStatus[] groups = [.. _groups.Select(static g => StatusReport.Of(g))];
            return new WorkerStatus
            {
                State = _state,
                Concurrency = Math.Min(_ceiling.Most ?? int.MaxValue, groups.Length == 0 ? _setup.Concurrency : groups.Sum(static g => g.Concurrency)),
                SlotsUsed = groups.Sum(static g => g.SlotsUsed),
                SlotsLost = groups.Sum(static g => g.SlotsLost),
                Running = groups.Sum(static g => g.Running),
                Waiting = groups.Sum(static g => g.Waiting),
                Settling = groups.Sum(static g => g.Settling),
                TasksAlive = _surroundings.Alive,
                Sound = groups.All(static g => g.Sound),
                Groups = groups,
                Queues = [.. _queues.Select(static q => StatusReport.Of(q))],
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
    }

    // Every queue is looked for before the first complaint, so that one start tells all.
    private async Task<List<QueueWorker>> WireAsync(List<string> wrong, CancellationToken cancel)
    {
        var resolver = _services.GetRequiredService<QueueResolver>();
        var clients = _services.GetRequiredService<SqsClients>();
        var scopes = _services.GetRequiredService<IServiceScopeFactory>();
        var found = new List<(QueueBuilder Setup, QueueFacts Facts, QueueFacts? DeadLetters)>();
        foreach (QueueBuilder setup in _setup.Worked)
        {
            try
            {
                QueueFacts facts = await resolver.ResolveAsync(setup.Name, cancel);
                bool copies = setup.Reject == RejectPolicy.DeadLetter && facts.DeadLetterArn is not null;
                QueueFacts? deadLetters = copies ? await resolver.ResolveAsync(QueueResolver.NameOf(facts.DeadLetterArn!), cancel) : null;
                if (setup.Visibility is null && facts.Visibility < TimeSpan.FromSeconds(1))
                    wrong.Add($"Queue '{setup.Name}' has a visibility timeout of 0, so its messages cannot be kept: set one on the queue, or q.Visibility.");
                found.Add((setup, facts, deadLetters));
            }
            catch (ZanshinConfigurationException problem)
            {
                wrong.AddRange(problem.Problems);
            }
        }
        foreach (IGrouping<string, string> twice in found.GroupBy(static f => f.Facts.Url, static f => f.Setup.Name).Where(static g => g.Count() > 1))
            wrong.Add($"{string.Join(" and ", twice.Select(static n => $"'{n}'"))} are the same queue: set it up once.");
        foreach (string queue in _setup.RoutedQueues.Except(_setup.Queues.Select(static q => q.Name)))
        {
            try
            {
                await resolver.ResolveAsync(queue, cancel);
            }
            catch (ZanshinConfigurationException problem)
            {
                wrong.AddRange(problem.Problems);
            }
        }
        if (wrong.Count > 0)
            throw new ZanshinConfigurationException(wrong);
        var ceiling = new Ceiling { Most = _setup.MaxConcurrency, Limiters = [.. GroupWorker.Limiters(_setup.RateLimiters, _logger)] };
        ceiling.Rate.PerSecond = _setup.RateLimit;
        Dictionary<string, GroupWorker> groups = [];
        List<QueueWorker> queues = [];
        foreach ((QueueBuilder setup, QueueFacts facts, QueueFacts? deadLetters) in found)
        {
            foreach (string advice in Advice.For(_setup, setup, facts, deadLetters, clients.For(setup.Name)))
                _logger.Advice(advice);
            string name = setup.Group?.Name ?? ZanshinBuilder.OwnGroup;
            if (!groups.TryGetValue(name, out GroupWorker? group))
                groups[name] = group = new GroupWorker(name, setup.Group, _setup, ceiling, _surroundings, _logger);
            queues.Add(new QueueWorker(setup, facts, deadLetters, _setup, group, clients, scopes, _surroundings, _logger));
        }
        (_groups, _ceiling) = ([.. groups.Values], ceiling);
        return queues;
    }

    private void Receive(bool quiet)
    {
        lock (_lock)
        {
            if (_state is not WorkerState.Working and not WorkerState.Quiet)
                return;
            _state = quiet ? WorkerState.Quiet : WorkerState.Working;
            foreach (QueueWorker queue in _queues)
                queue.Receiver.Quiet(quiet || queue.Paused);
        }
        if (quiet)
            _logger.Quiet();
        else
            _logger.Resumed();
    }
}
