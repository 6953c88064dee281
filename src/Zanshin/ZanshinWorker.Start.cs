using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Zanshin.Dispatching;
using Zanshin.Hosting;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin;

/// <content>
/// The start: the setup is checked, the queues are found (a host is not held up while SQS is away), and, when all services of the host have started, received
/// from. Where nobody says that they have, because the worker is started by hand or by a host without these steps, it is received from at once.
/// </content>
public sealed partial class ZanshinWorker
{
    /// <summary>Where nobody says, a start by hand waits so long: SQS makes no queue of a name within a minute of its delete.</summary>
    private static readonly TimeSpan s_waitByHand = TimeSpan.FromSeconds(75);

    private static readonly TimeSpan s_firstLook = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_longestBetweenLooks = TimeSpan.FromSeconds(5);

    private CancellationTokenSource _startEnds = new(); // by a stop; has no timer: nothing to dispose
    private Task _waiting = Task.CompletedTask; // for SQS, beside the host
    private bool _inHost; // which says when its services have started
    private bool _hostStarted;
    private bool _found; // the queues; nothing is received yet
    private string? _away; // why the start has not ended
    private TimeSpan _awaySince;
    private bool _endIsHeld; // by the container
    private ZanshinConfigurationException? _refusal;

    /// <summary>
    /// Checks the setup, finds the queues, and begins to receive: in a host when all its services have started. Where SQS cannot be asked, a start by hand waits for it, and that
    /// of a host goes on beside the host, which is not held up (<see cref="ZanshinOptions.WaitForSqs"/>).
    /// </summary>
    /// <exception cref="ZanshinConfigurationException">Something is wrong with the setup, or a queue cannot be found; lists everything that is.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        List<string> wrong;
        CancellationToken ends;
        bool inHost;
        lock (_lock)
        {
            if (_state != WorkerState.NotStarted)
                return;
            _state = WorkerState.Starting;
            _startEnds = new CancellationTokenSource();
            (ends, inHost) = (_startEnds.Token, _inHost);
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
                _state = _state == WorkerState.Starting ? WorkerState.NotStarted : _state;
            throw;
        }
        DiagnosticEvents.WorkerStarts(_surroundings, _logger);
        TimeSpan waits = _setup.Options.WaitForSqs ?? (inHost ? Timeout.InfiniteTimeSpan : s_waitByHand);
        using CancellationTokenRegistration cancelled = cancellationToken.UnsafeRegister(static worker => ((ZanshinWorker)worker!).EndStart(), this);
        try
        {
            try
            {
                await FindAsync(wrong, patient: waits != TimeSpan.Zero, ends);
            }
            catch (ZanshinConfigurationException away) when (away.SqsIsAway && waits != TimeSpan.Zero)
            {
                if (inHost)
                {
                    WaitBesideHost(away, waits);
                    return;
                }
                await WaitForSqsAsync(away, waits, ends);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Stopped while it started.
            StartEnded(WorkerState.Stopped);
        }
        catch
        {
            StartEnded(WorkerState.NotStarted);
            throw;
        }
    }

    /// <summary>A host that says this says also when all its services have started.</summary>
    Task IHostedLifecycleService.StartingAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            _inHost = true;
        return Task.CompletedTask;
    }

    Task IHostedLifecycleService.StartedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            _hostStarted = true;
        Work();
        return Task.CompletedTask;
    }

    Task IHostedLifecycleService.StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    Task IHostedLifecycleService.StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not under the lock: what waits goes on in here.
    private void EndStart()
    {
        CancellationTokenSource start;
        lock (_lock)
            start = _startEnds;
        CallToken.Cancel(start, exception => _logger.CallbackFailed(exception, "the start"));
    }

    private void StartEnded(WorkerState state)
    {
        lock (_lock)
        {
            if (_state == WorkerState.Starting)
                _state = state;
        }
        DiagnosticEvents.WorkerStopped(_surroundings, _logger);
    }

    private void WaitBesideHost(ZanshinConfigurationException away, TimeSpan waits)
    {
        lock (_lock)
        {
            if (_state == WorkerState.Starting)
                _waiting = _surroundings.Begin((Worker: this, away, waits, _startEnds.Token), static begun => begun.Worker.WaitBesideHostAsync(begun.away, begun.waits, begun.Token));
        }
    }

    private async Task WaitBesideHostAsync(ZanshinConfigurationException away, TimeSpan waits, CancellationToken ends)
    {
        try
        {
            await WaitForSqsAsync(away, waits, ends);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            StartEnded(WorkerState.Stopped);
        }
        catch (Exception exception)
        {
            // As a start that is refused at once does, it ends the host, whose stop then throws this.
            StartEnded(WorkerState.NotStarted);
            _refusal = exception as ZanshinConfigurationException ?? new ZanshinConfigurationException([$"The start failed: {exception.GetType().Name}: {exception.Message}"]);
            _logger.StartGivenUp(_refusal.Message);
            _services.GetService<IHostApplicationLifetime>()?.StopApplication();
        }
    }

    // Until the queues are found, or the time is over. Who waits for ever waits also for what is found to be wrong then (a queue that is not there) to be put right.
    private async Task WaitForSqsAsync(ZanshinConfigurationException away, TimeSpan waits, CancellationToken ends)
    {
        TimeSpan began = _surroundings.Now, pause = s_firstLook;
        string problem = "";
        while (true)
        {
            TimeSpan left = waits == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : began + waits - _surroundings.Now;
            if (left <= TimeSpan.Zero)
                throw away;
            lock (_lock)
            {
                _awaySince = _away is null ? began : _awaySince;
                _away = away.Message;
            }
            if (away.Message != problem)
                _logger.WaitsForSqs(problem = away.Message);
            TimeSpan next = pause * (0.5 + _surroundings.Dice() / 2);
            await Task.Delay(next < left ? next : left, _surroundings.Time, ends);
            pause = pause * 2 < s_longestBetweenLooks ? pause * 2 : s_longestBetweenLooks;
            try
            {
                await FindAsync([], patient: true, ends);
                return;
            }
            catch (ZanshinConfigurationException still) when (still.SqsIsAway || waits == Timeout.InfiniteTimeSpan)
            {
                away = still;
            }
        }
    }

    private async Task FindAsync(List<string> wrong, bool patient, CancellationToken cancel)
    {
        var resolver = _services.GetRequiredService<QueueResolver>();
        List<FoundQueue> found = await new QueueSearch(_setup, resolver, _surroundings, _logger).FindAsync(wrong, patient, cancel);
        List<QueueWorker> queues = Wire(found);
        HoldEnd();
        await _lifecycle.StartupAsync(cancel);
        TimeSpan? waited = null;
        lock (_lock)
        {
            if (_state != WorkerState.Starting)
            {
                queues.ForEach(static queue => queue.Dispose());
                throw new OperationCanceledException();
            }
            _queues = queues;
            _found = true;
            if (_away is not null)
                waited = _surroundings.Now - _awaySince;
            _away = null;
        }
        if (waited is { } time)
            _logger.SqsIsThere(time);
        Work();
    }

    // Once the queues are found and the host's services have started, whichever comes last.
    private void Work()
    {
        bool quiet, protects;
        lock (_lock)
        {
            if (_state != WorkerState.Starting || !_found || (_inHost && !_hostStarted))
                return;
            quiet = _quietByCode || _quietBySignal;
            if (quiet)
                _queues.ForEach(static queue => queue.Receiver.Quiet(true));
            protects = Begin(_queues);
            if (quiet)
                TurnQuiet(true);
        }
        if (!protects)
            _logger.NoScaleIn();
        _ = new Meters(this, _services.GetRequiredService<Instruments>(), _surroundings.Time);
        foreach (GroupWorker group in _groups)
            _logger.Started(string.Join(", ", QueuesOf(group).Select(static q => q.Name)), group.Dispatcher.Concurrency, group.Name);
        if (quiet)
            _logger.Quiet();
        WatchConfiguration();
    }

    // After the clients: a container disposes of what was made last first, so the worker stops before its clients are gone.
    private void HoldEnd()
    {
        if (_isTrial || _endIsHeld)
            return;
        _endIsHeld = true;
        _services.GetRequiredService<SqsClients>().InUse();
    }

    private List<QueueWorker> Wire(List<FoundQueue> found)
    {
        var clients = _services.GetRequiredService<SqsClients>();
        var scopes = _services.GetRequiredService<IServiceScopeFactory>();
        var ceiling = new Ceiling { Most = _setup.MaxConcurrency };
        if (!_surroundings.IsSimulated)
            ceiling.Floor = new PoolFloor(_setup.MinThreads ?? PoolFloor.Most);
        ceiling.Limiters = [.. GroupWorker.Limiters(_setup.RateLimiters, ceiling, _surroundings, _logger)];
        ceiling.Rate.PerSecond = _setup.RateLimit;
        Dictionary<string, GroupWorker> groups = [];
        List<QueueWorker> queues = [];
        foreach (FoundQueue queue in found)
        {
            (QueueBuilder setup, QueueFacts facts, QueueFacts? deadLetters, _) = queue;
            foreach (string advice in Advice.For(_setup, queue, clients.For(setup.Name)))
                _logger.Advice(advice);
            string inGroup = setup.Group?.Name ?? ZanshinBuilder.OwnGroup;
            if (!groups.TryGetValue(inGroup, out GroupWorker? group))
                groups[inGroup] = group = new GroupWorker(inGroup, setup.Group, _setup, ceiling, _surroundings, _logger);
            string name = QueueResolver.NameOf(facts.Url);
            // One name in several regions or accounts tells nobody which queue is meant.
            if (found.Count(f => QueueResolver.NameOf(f.Facts.Url) == name) > 1)
                name = setup.Name;
            queues.Add(new QueueWorker(name, setup, facts, deadLetters, _setup, group, ceiling, clients, scopes, _surroundings, _logger, _services.GetRequiredService<Instruments>(), ClientGone));
        }
        // What a trial puts into its queue is meant to be run as it stands.
        if (_isTrial)
            queues.ForEach(static queue => queue.Line.Suspects = new Suspects(null, queue.Line.Visibility, TimeSpan.Zero));
        Take([.. groups.Values], ceiling);
        return queues;
    }
}
