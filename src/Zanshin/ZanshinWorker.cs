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
public sealed class ZanshinWorker : IHostedService, IAsyncDisposable
{
    private readonly IServiceProvider _services;
    private readonly ZanshinBuilder _setup;
    private readonly Surroundings _surroundings;
    private readonly TimeSpan _shutdownTimeout;
    private readonly ILogger _logger;
    private readonly Lock _lock = new(); // guards the life cycle: all below
    private List<QueueWorker> _queues = [];
    private Dispatcher? _dispatcher;
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

    internal IServiceProvider Services => _services;

    /// <summary>Checks the setup, finds the queues, and begins to receive.</summary>
    /// <exception cref="ZanshinConfigurationException">Something is wrong with the setup, or a queue cannot be found; lists everything that is.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        List<string> wrong;
        lock (_lock)
        {
            if (_dispatcher is not null || _state != WorkerState.NotStarted)
                return;
            wrong = SetupCheck.Check(_setup, _services.GetService<IConfiguration>());
            // Without an endpoint there is nobody to ask for the queues.
            if (wrong.Exists(static p => p.StartsWith("Endpoint", StringComparison.Ordinal)))
                throw new ZanshinConfigurationException(wrong);
            _dispatcher = new Dispatcher(Math.Max(1, _setup.Concurrency), _surroundings, _logger);
        }
        DiagnosticEvents.WorkerStarts(_surroundings, _logger);
        List<QueueWorker> queues;
        try
        {
            queues = await WireAsync(_dispatcher, wrong, cancellationToken);
        }
        catch
        {
            lock (_lock)
                _dispatcher = null;
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
        _logger.Started(string.Join(", ", _queues.Select(static q => q.Name)), _setup.Concurrency);
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
            _stop ??= StopSequence.Begin(_queues, _dispatcher!, _surroundings, _shutdownTimeout, _logger);
            stop = _stop;
        }
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
            (int slots, int lost, int running, int waiting, int settling, bool broken) = _dispatcher?.Snapshot() ?? default;
            return new WorkerStatus
            {
                State = _state,
                Concurrency = _setup.Concurrency,
                SlotsUsed = slots,
                SlotsLost = lost,
                Running = running,
                Waiting = waiting,
                Settling = settling,
                TasksAlive = _surroundings.Alive,
                Sound = !broken,
                Queues = [.. _queues.Select(q => StatusReport.Of(q, _dispatcher!))],
            };
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
    }

    // Every queue is looked for before the first complaint, so that one start tells all.
    private async Task<List<QueueWorker>> WireAsync(Dispatcher dispatcher, List<string> wrong, CancellationToken cancel)
    {
        var resolver = _services.GetRequiredService<QueueResolver>();
        var clients = _services.GetRequiredService<SqsClients>();
        var scopes = _services.GetRequiredService<IServiceScopeFactory>();
        var found = new List<(QueueBuilder Setup, QueueFacts Facts, QueueFacts? DeadLetters)>();
        foreach (QueueBuilder setup in _setup.Queues)
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
        List<QueueWorker> queues = [];
        foreach ((QueueBuilder setup, QueueFacts facts, QueueFacts? deadLetters) in found)
        {
            foreach (string advice in Advice.For(_setup, setup, facts, deadLetters, clients.For(setup.Name)))
                _logger.Advice(advice);
            queues.Add(new QueueWorker(setup, facts, deadLetters, _setup, dispatcher, clients, scopes, _surroundings, _logger));
        }
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
                queue.Receiver.Quiet(quiet);
        }
        if (quiet)
            _logger.Quiet();
        else
            _logger.Resumed();
    }
}
