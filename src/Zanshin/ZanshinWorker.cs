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
/// or stopping twice is harmless. A host's worker receives nothing before all services of the host have started.
/// </summary>
public sealed partial class ZanshinWorker : IHostedLifecycleService, IAsyncDisposable, IDisposable
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
    private bool _clientIsGone;
    private bool _quietByCode;
    private bool _quietBySignal;
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

    /// <summary>The application has disposed of a client of the worker, which has ended it.</summary>
    internal bool ClientIsGone
    {
        get
        {
            lock (_lock)
                return _clientIsGone;
        }
    }

    /// <summary>
    /// Receives no more, lets handlers finish, gives back what has not started, and ends every loop. Takes at most
    /// <see cref="ZanshinOptions.Timeout"/>, or the host's shutdown time-out less 2 s; 5 s before that, handlers and open receives are
    /// cancelled. A second SIGINT or SIGTERM, or <paramref name="cancellationToken"/>, cancels at once.
    /// </summary>
    /// <exception cref="ZanshinConfigurationException">The worker itself has ended its host, because it could not start within <see cref="ZanshinOptions.WaitForSqs"/>. Thrown once.</exception>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await StopAsync(drains: false, cancellationToken);
        if (Interlocked.Exchange(ref _refusal, null) is { } refusal)
            throw refusal;
    }

    /// <summary>
    /// Stops without a deadline: receives no more, lets handlers finish however long they take, gives back what has not started. From
    /// <see cref="StopAsync(CancellationToken)"/>, or a cancelled <paramref name="cancellationToken"/>, on it has the deadline of a stop.
    /// </summary>
    public Task DrainAsync(CancellationToken cancellationToken = default) => StopAsync(drains: true, cancellationToken);

    /// <summary>
    /// Receives nothing more and goes on working on what is here. To be taken back with <see cref="Resume"/>, and by nothing else. Before the end of the start: the worker
    /// starts quiet.
    /// </summary>
    public void Quiet() => Receive(() => _quietByCode = true);

    /// <summary>Receives again, whoever has made the worker quiet: <see cref="Quiet"/>, or SIGTSTP.</summary>
    public void Resume() => Receive(() => _quietByCode = _quietBySignal = false);

    /// <summary>SIGTSTP.</summary>
    internal void QuietBySignal() => Receive(() => _quietBySignal = true);

    /// <summary>SIGCONT: takes back what SIGTSTP has done, and nothing that was asked for in another way.</summary>
    internal void ResumeBySignal() => Receive(() => _quietBySignal = false);

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
                Trouble = _clientIsGone ? "an SQS client of the worker was disposed of while it was in use, which has ended the worker" : _away,
                StartTriedFor = _state == WorkerState.Starting && _away is not null ? _surroundings.Now - _awaySince : TimeSpan.Zero,
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

    /// <summary>Stops as <see cref="StopAsync(CancellationToken)"/> does. Without a stop before it (a container that is disposed of), this is one.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(drains: false, CancellationToken.None);

    /// <summary>
    /// Stops within 5 s and blocks meanwhile, where nothing has stopped the worker before: handlers and open receives are cancelled at once, and messages given back.
    /// For containers that are disposed of synchronously; <see cref="DisposeAsync"/> and <see cref="StopAsync(CancellationToken)"/> let handlers finish.
    /// </summary>
    public void Dispose()
    {
        Task ended = BeginStop(drains: false, StopBudget.Synchronous, out StopSequence? stop);
        StopWatchingConfiguration();
        stop?.Hurry();
        _surroundings.Block(ended, StopBudget.Synchronous + TimeSpan.FromSeconds(1));
    }

    /// <summary>The application has disposed of an SQS client that is in use: nothing is received, kept or settled with it any more, so the worker ends at once.</summary>
    internal void ClientGone(string queue)
    {
        lock (_lock)
        {
            if (_clientIsGone)
                return;
            _clientIsGone = true;
        }
        _logger.ClientGone(queue);
        BeginStop(drains: false, StopBudget.Synchronous, out StopSequence? stop);
        stop?.Hurry();
    }

    private async Task StopAsync(bool drains, CancellationToken cancel)
    {
        Task ended = BeginStop(drains, StopBudget.Of(_setup.Options, _shutdownTimeout), out StopSequence? stop);
        StopWatchingConfiguration();
        using CancellationTokenRegistration hurry = stop is null ? default : cancel.Register(drains ? stop.Limit : stop.Hurry);
        await ended;
    }

    // The stop runs apart, whoever awaits it. There is no sequence where nothing has begun to work.
    private Task BeginStop(bool drains, TimeSpan budget, out StopSequence? stop)
    {
        Task ended = BeginStopLocked(drains, budget, out stop);
        if (stop is null)
            EndStart();
        return ended;
    }

    private Task BeginStopLocked(bool drains, TimeSpan budget, out StopSequence? stop)
    {
        lock (_lock)
        {
            if (_state == WorkerState.NotStarted || (_state == WorkerState.Starting && !_found))
            {
                _state = WorkerState.Stopped;
            }
            else if (_stop is null && _state != WorkerState.Stopped)
            {
                if (drains && _state != WorkerState.Quiet)
                    _lifecycle.Quiet();
                _lifecycle.Shutdown();
                _state = WorkerState.Stopping;
                _stop = StopSequence.Begin(_queues, [.. _groups.Select(static g => g.Dispatcher)], _surroundings, budget, drains, _logger);
                _ended = _surroundings.Begin((Worker: this, Stop: _stop), static begun => begun.Worker.EndAsync(begun.Stop));
            }
            else if (!drains)
            {
                _stop?.Limit();
            }
            stop = _stop;
            return stop is null ? _waiting : _ended;
        }
    }

    private async Task EndAsync(StopSequence stop)
    {
        try
        {
            await stop.Ended;
        }
        finally
        {
            // This one and the next are null where the stop came before the host's services had started.
            if (_pulse is not null)
                await _pulse.StopAsync();
            // Whatever became of it.
            Ceiling ceiling;
            lock (_lock)
                (_state, ceiling) = (WorkerState.Stopped, _ceiling);
            lock (ceiling.Lock)
                ceiling.DropFloor();
            if (_recovery is not null)
                await _recovery.StopAsync();
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

    private void Receive(Action change)
    {
        bool quiet;
        lock (_lock)
        {
            change();
            quiet = _quietByCode || _quietBySignal;
            if (_state is not WorkerState.Working and not WorkerState.Quiet || quiet == (_state == WorkerState.Quiet))
                return;
            TurnQuiet(quiet);
        }
        if (quiet)
            _logger.Quiet();
        else
            _logger.Resumed();
    }

    // Under the lock
    private void TurnQuiet(bool quiet)
    {
        _state = quiet ? WorkerState.Quiet : WorkerState.Working;
        if (quiet)
            _lifecycle.Quiet();
        foreach (QueueWorker queue in _queues)
            queue.Receiver.Quiet(quiet || queue.Paused);
    }
}
