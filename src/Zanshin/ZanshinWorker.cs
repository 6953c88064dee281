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
    private readonly bool _isTrial;
    private readonly ZanshinBuilder _setup;
    private readonly Surroundings _surroundings;
    private readonly TimeSpan _shutdownTimeout;
    private readonly ILogger _logger;
    private readonly Lifecycle _lifecycle;
    private readonly PoolWatch _pool;
    private readonly Lock _lock = new(); // guards the life cycle: all below
    private List<QueueWorker> _queues = [];
    private List<GroupWorker> _groups = [];
    private Ceiling _ceiling = new(); // what it had is taken over by the next
    private bool _mostIsSet; // by MaxConcurrency, whatever the setup says
    private bool _rateIsSet;
    private bool _starting;
    private ScaleInProtection? _scaleIn;
    private PulseLoop? _pulse;
    private RecoveryLoop? _recovery;
    private BacklogLoop? _backlog;
    private StopSequence? _stop;
    private Task _ended = Task.CompletedTask;
    private WorkerState _state;

    public ZanshinWorker(IServiceProvider services, ILogger<ZanshinWorker> logger)
        : this(services, logger, isTrial: false)
    {
    }

    /// <param name="isTrial">It runs one message of a test beside the application: no lifecycle event is raised, and no scale-in protection asked for.</param>
    internal ZanshinWorker(IServiceProvider services, ILogger<ZanshinWorker> logger, bool isTrial)
    {
        _isTrial = isTrial;
        _services = services;
        _setup = services.GetRequiredService<ZanshinBuilder>();
        _surroundings = services.GetRequiredService<Surroundings>();
        _shutdownTimeout = services.GetService<IOptions<HostOptions>>()?.Value.ShutdownTimeout ?? TimeSpan.FromSeconds(30);
        _logger = new SafeLogger(logger);
        _pool = new PoolWatch(_surroundings, forLonger => _groups.Sum(g => g.Dispatcher.Blocking(forLonger)), _logger);
        if (!_surroundings.IsSimulated)
            _surroundings.CameLate = _pool.CameLate;
        _ceiling.Most = _setup.MaxConcurrency;
        _ceiling.Rate.PerSecond = _setup.RateLimit;
        // A setup without handlers of events tells nobody.
        _lifecycle = new Lifecycle(isTrial ? new ZanshinBuilder(new ServiceCollection()) : _setup, services, _surroundings, _logger);
    }

    internal IServiceProvider Services => _services;

    /// <summary>Checks the setup, finds the queues, and begins to receive.</summary>
    /// <exception cref="ZanshinConfigurationException">Something is wrong with the setup, or a queue cannot be found; lists everything that is.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        List<string> wrong;
        lock (_lock)
        {
            if (_starting || _state != WorkerState.NotStarted)
                return;
            _starting = true;
        }
        try
        {
            // What the configuration is read from is the application's: not under the lock.
            wrong = SetupCheck.Check(_setup, _services.GetService<IConfiguration>());
            // Without an endpoint there is nobody to ask for the queues.
            if (wrong.Exists(static p => p.StartsWith("Endpoint", StringComparison.Ordinal)))
                throw new ZanshinConfigurationException(wrong);
        }
        catch
        {
            lock (_lock)
                _starting = false;
            throw;
        }
        DiagnosticEvents.WorkerStarts(_surroundings, _logger);
        List<QueueWorker> queues;
        try
        {
            queues = await WireAsync(wrong, cancellationToken);
            await _lifecycle.StartupAsync(cancellationToken);
        }
        catch
        {
            lock (_lock)
                _starting = false;
            DiagnosticEvents.WorkerStopped(_surroundings, _logger);
            throw;
        }
        bool begins, protects;
        lock (_lock)
        {
            begins = _state != WorkerState.Stopped;
            protects = begins && Begin(queues);
        }
        if (!begins)
        {
            DiagnosticEvents.WorkerStopped(_surroundings, _logger);
            queues.ForEach(static queue => queue.Dispose());
            return;
        }
        if (!protects)
            _logger.NoScaleIn();
        _ = new Meters(this, _services.GetRequiredService<Instruments>(), _surroundings.Time);
        foreach (GroupWorker group in _groups)
            _logger.Started(string.Join(", ", QueuesOf(group).Select(static q => q.Name)), group.Dispatcher.Concurrency, group.Name);
        WatchConfiguration();
    }

    /// <summary>
    /// Receives no more, lets handlers finish, gives back what has not started, and ends every loop. Takes at most
    /// <see cref="ZanshinOptions.Timeout"/>, or the host's shutdown time-out less 2 s; 5 s before that, handlers and open receives are
    /// cancelled. A second SIGINT or SIGTERM, or <paramref name="cancellationToken"/>, cancels at once.
    /// </summary>
    public Task StopAsync(CancellationToken cancellationToken) => StopAsync(drains: false, cancellationToken);

    /// <summary>
    /// Stops without a deadline: receives no more, lets handlers finish however long they take, gives back what has not started. From
    /// <see cref="StopAsync(CancellationToken)"/>, or a cancelled <paramref name="cancellationToken"/>, on it has the deadline of a stop.
    /// </summary>
    public Task DrainAsync(CancellationToken cancellationToken = default) => StopAsync(drains: true, cancellationToken);

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
                Queues = [.. _queues.Select(q => StatusReport.Of(q, _pool))],
            };
        }
    }

    /// <summary>The messages that are in the worker, read in one go: those that wait, run, are settled or go back.</summary>
    public IReadOnlyList<MessageStatus> GetInFlight()
    {
        List<GroupWorker> groups;
        Ceiling ceiling;
        lock (_lock)
            (groups, ceiling) = (_groups, _ceiling);
        // One lock for all groups: no message is missed or told twice.
        lock (ceiling.Lock)
            return [.. groups.SelectMany(static g => g.Dispatcher.InFlight())];
    }

    /// <summary>How long ago the oldest message of each queue that is here was sent.</summary>
    internal List<(string Queue, TimeSpan Age)> OldestHere()
    {
        List<QueueWorker> queues;
        lock (_lock)
            queues = _queues;
        long now = _surroundings.Time.GetUtcNow().ToUnixTimeMilliseconds();
        List<(string, TimeSpan)> oldest = [];
        foreach (QueueWorker queue in queues)
        {
            // Not below zero: the machines' clocks differ.
            if (queue.Group.Dispatcher.OldestSent(queue.Line) is { } sent)
                oldest.Add((queue.Name, TimeSpan.FromMilliseconds(Math.Max(0, now - sent))));
        }
        return oldest;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
    }

    private async Task StopAsync(bool drains, CancellationToken cancel)
    {
        StopSequence stop;
        Task ended;
        lock (_lock)
        {
            if (_state is WorkerState.NotStarted)
            {
                _state = WorkerState.Stopped;
                return;
            }
            if (_stop is null && _state == WorkerState.Stopped)
                return;
            if (_stop is null)
            {
                if (drains && _state != WorkerState.Quiet)
                    _lifecycle.Quiet();
                _lifecycle.Shutdown();
                _state = WorkerState.Stopping;
                _stop = StopSequence.Begin(_queues, [.. _groups.Select(static g => g.Dispatcher)], _surroundings, StopBudget.Of(_setup.Options, _shutdownTimeout), drains, _logger);
                _ended = _surroundings.Begin((Worker: this, Stop: _stop), static begun => begun.Worker.EndAsync(begun.Stop));
            }
            else if (!drains)
            {
                _stop.Limit();
            }
            (stop, ended) = (_stop, _ended);
        }
        StopWatchingConfiguration();
        using CancellationTokenRegistration hurry = cancel.Register(drains ? stop.Limit : stop.Hurry);
        await ended;
    }

    private async Task EndAsync(StopSequence stop)
    {
        try
        {
            await stop.Ended;
        }
        finally
        {
            await _pulse!.StopAsync();
            // Whatever became of it.
            Ceiling ceiling;
            lock (_lock)
                (_state, ceiling) = (WorkerState.Stopped, _ceiling);
            lock (ceiling.Lock)
                ceiling.DropFloor();
            await _recovery!.StopAsync();
            if (_backlog is not null)
                await _backlog.StopAsync();
            DiagnosticEvents.WorkerStopped(_surroundings, _logger);
            if (_scaleIn is not null)
                await _scaleIn.StopAsync();
            await _lifecycle.StoppedAsync(() => stop.TimeLeft);
        }
    }

    // Called under the lock. False where scale-in protection is wanted and cannot be had.
    private bool Begin(List<QueueWorker> queues)
    {
        _queues = queues;
        _state = WorkerState.Working;
        lock (_ceiling.Lock)
            _ceiling.RaiseFloor();
        _lifecycle.Watch([.. _groups.Select(static g => (g.Name, g.Dispatcher))]);
        _pulse = new PulseLoop(_queues, _surroundings, _logger);
        _pulse.Start();
        _recovery = new RecoveryLoop([.. _groups.Select(static g => g.Dispatcher)], _surroundings);
        _backlog = !_isTrial && _setup.Options.BacklogInterval is { } interval ? new BacklogLoop(interval, queues, _surroundings, _logger) : null;
        foreach (QueueWorker queue in _queues)
        {
            queue.Receiver.BeforeReceive = _lifecycle.BeforeReceive(queue.Name);
            queue.Start();
        }
        bool protects = ProtectFromScaleIn();
        _recovery.Start();
        _backlog?.Start();
        return protects;
    }

    private bool ProtectFromScaleIn()
    {
        if (_isTrial || _setup.ScaleIn is not { } options)
            return true;
        if (string.IsNullOrEmpty(options.AgentUri))
            return false;
        _scaleIn = new ScaleInProtection(options, options.AgentUri, () =>
        {
            int here = 0;
            foreach (GroupWorker group in _groups)
            {
                (_, _, int running, int waiting, int settling, _) = group.Dispatcher.Snapshot();
                here += running + waiting + settling;
            }
            return (here, _queues.Sum(static q => q.Counts[Count.Received]));
        }, _surroundings, _logger);
        _scaleIn.Start();
        return true;
    }

    // Every queue is looked for before the first complaint, so that one start tells all.
    private async Task<List<QueueWorker>> WireAsync(List<string> wrong, CancellationToken cancel)
    {
        var resolver = _services.GetRequiredService<QueueResolver>();
        var clients = _services.GetRequiredService<SqsClients>();
        var scopes = _services.GetRequiredService<IServiceScopeFactory>();
        var missing = new MissingQueues(resolver, _surroundings, _logger);
        var found = new List<(QueueBuilder Setup, QueueFacts Facts, QueueFacts? DeadLetters)>();
        List<QueueBuilder> toMake = [];
        List<string> routesToMake = [];
        foreach (QueueBuilder setup in _setup.Worked)
        {
            await CollectAsync(async () =>
            {
                if (await missing.FindAsync(setup.Name, setup.Creation ?? _setup.Creation, cancel) is { } facts)
                    await FoundAsync(setup, facts);
                else
                    toMake.Add(setup);
            });
        }
        foreach (IGrouping<string, string> twice in found.GroupBy(static f => f.Facts.Arn, static f => f.Setup.Name).Where(static g => g.Count() > 1))
            wrong.Add($"{string.Join(" and ", twice.Select(static n => $"'{n}'"))} are the same queue: set it up once.");
        foreach (string queue in _setup.RoutedQueues.Except(_setup.Worked.Select(static q => q.Name)))
        {
            await CollectAsync(async () =>
            {
                if (await missing.FindAsync(queue, _setup.Creation, cancel) is null)
                    routesToMake.Add(queue);
            });
        }
        if (wrong.Count > 0)
            throw new ZanshinConfigurationException(wrong);
        // Nothing is made before all have been looked for.
        foreach (QueueBuilder setup in toMake)
            await FoundAsync(setup, await missing.CreateAsync(setup.Name, (setup.Creation ?? _setup.Creation)!, setup.Visibility, cancel));
        foreach (string queue in routesToMake)
            await missing.CreateAsync(queue, _setup.Creation!, null, cancel);
        if (wrong.Count > 0)
            throw new ZanshinConfigurationException(wrong);
        found = [.. found.OrderBy(f => _setup.Queues.IndexOf(f.Setup))];
        var ceiling = new Ceiling { Most = _setup.MaxConcurrency };
        if (!_surroundings.IsSimulated)
            ceiling.Floor = new PoolFloor(_setup.MinThreads ?? PoolFloor.Most);
        ceiling.Limiters = [.. GroupWorker.Limiters(_setup.RateLimiters, ceiling, _surroundings, _logger)];
        ceiling.Rate.PerSecond = _setup.RateLimit;
        Dictionary<string, GroupWorker> groups = [];
        List<QueueWorker> queues = [];
        foreach ((QueueBuilder setup, QueueFacts facts, QueueFacts? deadLetters) in found)
        {
            foreach (string advice in Advice.For(_setup, setup, facts, deadLetters, clients.For(setup.Name)))
                _logger.Advice(advice);
            string inGroup = setup.Group?.Name ?? ZanshinBuilder.OwnGroup;
            if (!groups.TryGetValue(inGroup, out GroupWorker? group))
                groups[inGroup] = group = new GroupWorker(inGroup, setup.Group, _setup, ceiling, _surroundings, _logger);
            string name = QueueResolver.NameOf(facts.Url);
            // One name in several regions or accounts tells nobody which queue is meant.
            if (found.Count(f => QueueResolver.NameOf(f.Facts.Url) == name) > 1)
                name = setup.Name;
            queues.Add(new QueueWorker(name, setup, facts, deadLetters, _setup, group, ceiling, clients, scopes, _surroundings, _logger, _services.GetRequiredService<Instruments>()));
        }
        // What a trial puts into its queue is meant to be run as it stands.
        if (_isTrial)
            queues.ForEach(static queue => queue.Line.Suspects = new Suspects(null, queue.Line.Visibility, TimeSpan.Zero));
        Take([.. groups.Values], ceiling);
        return queues;

        async Task CollectAsync(Func<Task> step)
        {
            try
            {
                await step();
            }
            catch (ZanshinConfigurationException problem)
            {
                wrong.AddRange(problem.Problems);
            }
        }

        async Task FoundAsync(QueueBuilder setup, QueueFacts facts)
        {
            bool copies = setup.Reject == RejectPolicy.DeadLetter && facts.DeadLetterArn is not null;
            QueueFacts? deadLetters = copies ? await resolver.ResolveDeadLettersAsync(facts.DeadLetterArn!, setup.Name, cancel) : null;
            if (setup.Visibility is null && facts.Visibility < TimeSpan.FromSeconds(1))
                wrong.Add($"Queue '{setup.Name}' has a visibility timeout of 0, so its messages cannot be kept: set one on the queue, or q.Visibility.");
            found.Add((setup, facts, deadLetters));
        }
    }

    private void Receive(bool quiet)
    {
        lock (_lock)
        {
            if (_state is not WorkerState.Working and not WorkerState.Quiet)
                return;
            if (quiet == (_state == WorkerState.Quiet))
                return;
            _state = quiet ? WorkerState.Quiet : WorkerState.Working;
            if (quiet)
                _lifecycle.Quiet();
            foreach (QueueWorker queue in _queues)
                queue.Receiver.Quiet(quiet || queue.Paused);
        }
        if (quiet)
            _logger.Quiet();
        else
            _logger.Resumed();
    }
}
