using System.Runtime.CompilerServices;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;
using Zanshin.Hosting;
using Zanshin.LocalQueue;
using Zanshin.Testing;
using Zanshin.Timing;

namespace Zanshin.Simulation;

/// <summary>One worker process of a simulation: the real worker over the real SDK client over a bad network.</summary>
internal sealed class Process : IAsyncDisposable
{
    private readonly Plan _plan;
    private readonly VirtualTime _time;
    private readonly Promises _promises;
    private readonly EventLog _log;
    private readonly Sabotage _sabotage;
    private readonly Handlers _handlers;
    private readonly WorkerLog _workerLog;
    private readonly AmazonSQSClient _client;
    private readonly ServiceProvider _services;

    public Process(string name, LocalSqs sqs, Weather weather, Plan plan, VirtualTime time, Promises promises, EventLog log, int seed, Sabotage sabotage)
    {
        (Name, _plan, _time, _promises, _log, _sabotage) = (name, plan, time, promises, log, sabotage);
        _workerLog = new WorkerLog(name, log);
        _client = LocalSqsClient.Create(new Network(this, sqs, weather, plan, new Random(seed + 1), time, promises, log, sabotage));
        Clock = new ProcessClock(time, new Random(seed + 3), unseen: sabotage == Sabotage.StandsStillUnseen);
        Surroundings = new Surroundings(Clock, new Random(seed + 2), new ProcessContext(Clock), plan.CountsSuspensions && sabotage != Sabotage.StandsStillUnseen ? Clock.Boot : null);
        _handlers = new Handlers(this, plan, weather, new Random(seed), time, promises, sabotage);
        var services = new ServiceCollection();
        services.AddSingleton(Surroundings);
        services.AddSingleton<IAmazonSQS>(_client);
        services.AddSingleton(_handlers);
        services.AddLogging(l => l.AddProvider(_workerLog).SetMinimumLevel(LogLevel.Warning));
        services.Configure<HostOptions>(o => o.ShutdownTimeout = plan.ShutdownTimeout);
        services.AddZanshin(Setup);
        _services = services.BuildServiceProvider();
        Worker = _services.GetRequiredService<ZanshinWorker>();
        Sender = _services.GetRequiredService<ISender>();
    }

    public string Name { get; }

    public ProcessClock Clock { get; }

    public Surroundings Surroundings { get; }

    /// <summary>Its questions for a queue's attributes that are under way. A run asks before its handler begins and after it has ended, on its slot.</summary>
    public int Asking { get; set; }

    /// <summary>How long it has stood still in all.</summary>
    public TimeSpan StoodStill { get; private set; }

    public ZanshinWorker Worker { get; }

    public ISender Sender { get; }

    public bool Started { get; private set; }

    public bool IsQuiet { get; private set; }

    public bool IsStopping { get; private set; }

    public bool HasStopped { get; private set; }

    /// <summary>The stop was told to hurry.</summary>
    public bool Hurried { get; private set; }

    /// <summary>What the worker's log says of the handlers that it left running.</summary>
    public string NamedOrphans => _workerLog.NamedOrphans;

    /// <summary>A start that fails is repeated, as an orchestrator does.</summary>
    public async Task StartAsync()
    {
        while (!_promises.IsDead(Name))
        {
            try
            {
                await Worker.StartAsync(default);
                Started = true;
                return;
            }
            catch (ZanshinConfigurationException failed)
            {
                _log.Add($"{Name} cannot start: {failed.Problems.Count} problems");
            }
            await Task.Delay(TimeSpan.FromSeconds(1), _time);
        }
    }

    /// <summary>The process is gone in mid-work: the queue hears nothing more of it.</summary>
    public void Die() => _promises.Died(Name);

    /// <summary>Is quiet for a while.</summary>
    public async Task BeQuietAsync(TimeSpan time)
    {
        _log.Add($"{Name} is quiet");
        if (_sabotage != Sabotage.QuietUntold)
            Worker.Quiet();
        IsQuiet = true;
        await Task.Delay(time, _time);
        IsQuiet = false;
        Worker.Resume();
        _log.Add($"{Name} goes on");
    }

    /// <summary>Runs nothing for a while: frozen, or suspended with its machine.</summary>
    public async Task StandStillAsync(TimeSpan time, bool suspended)
    {
        _log.Add($"{Name} is {(suspended ? "suspended" : "frozen")} for {time.TotalSeconds:0.###} s");
        _promises.StandsStill(Name, true);
        Clock.Stand(suspended);
        await Task.Delay(time, _time);
        StoodStill += time;
        _promises.StandsStill(Name, false);
        Clock.GoOn();
        _log.Add($"{Name} runs again");
    }

    /// <summary>Changes slots, limits and rates: never to more than was planned.</summary>
    public void Resize(Random dice)
    {
        if (!Started || IsStopping)
            return;
        PlannedQueue queue = dice.Pick<PlannedQueue>([.. _plan.Queues]);
        int slots = dice.Next(1, _plan.Concurrency + 1);
        _log.Add($"{Name} is resized: {slots}");
        Worker.Group(queue.Group ?? "default").Concurrency = slots;
        Worker.Queue(queue.Name).Concurrency = dice.OneIn(2) ? dice.Next(1, _plan.Concurrency + 1) : null;
        Worker.Queue(queue.Name).RateLimit = dice.OneIn(2) ? dice.Next(2, 50) : null;
        Worker.Queue(queue.Name).Weight = dice.Next(1, 6);
        Worker.MaxConcurrency = _plan.MaxConcurrency is { } most ? dice.Next(1, most + 1) : null;
    }

    /// <summary>Asks for room in the name of its queues, and neither uses it nor gives it back.</summary>
    public void KeepRoom()
    {
        if (!Started || IsStopping)
            return;
        foreach (PlannedQueue queue in _plan.Queues)
        {
            QueueLine line = WorkerOf(Worker.Queue(queue.Name)).Line;
            line.Dispatcher.Reserve(line, idle: false, _plan.RoundTrip);
        }
    }

    /// <summary>A clean stop, after which nothing may be left.</summary>
    /// <param name="alone">No other process lives, or begins before this one has ended.</param>
    /// <param name="hurry">After so long a second signal comes.</param>
    public async Task StopAsync(bool alone = false, TimeSpan? hurry = null)
    {
        Hurried = hurry is not null;
        IsStopping = true;
        HasStopped = _sabotage == Sabotage.StopUntold;
        _log.Add($"{Name} stops");
        long began = _time.GetTimestamp();
        TimeSpan stood = StoodStill;
        bool idle = Worker.GetStatus() is { Running: 0, Waiting: 0, Settling: 0 };
        using var hurried = new CancellationTokenSource(hurry ?? Timeout.InfiniteTimeSpan, _time);
        await Worker.StopAsync(hurried.Token);
        TimeSpan took = _time.GetElapsedTime(began) - (StoodStill - stood);
        HasStopped = true;
        // What ends at this very moment may end.
        await Task.Delay(TimeSpan.FromMilliseconds(1), _time);
        TimeSpan timeout = _plan.ShutdownTimeout;
        _promises.StopLeavesNothing(this, took, timeout > TimeSpan.FromSeconds(4) ? timeout - TimeSpan.FromSeconds(2) : timeout / 2, idle, alone);
    }

    public async ValueTask DisposeAsync()
    {
        _promises.NothingIsLeft(this);
        await _services.DisposeAsync();
        _client.Dispose();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_queue")]
    private static extern ref QueueWorker WorkerOf(QueueControl control);

    private void Setup(ZanshinBuilder z)
    {
        z.Concurrency = _plan.Concurrency;
        z.MaxConcurrency = _plan.MaxConcurrency;
        z.Polling = _plan.Polling;
        foreach (PlannedQueue queue in _plan.Queues)
        {
            if (queue.Group is { } group)
                z.Group(group, g => g.Queue(queue.Name, q => Setup(queue, q)));
            else
                z.Queue(queue.Name, q => Setup(queue, q));
        }
        Route<First>(z, 0);
        Route<Second>(z, 1);
        Route<Third>(z, 2);
    }

    private void Setup(PlannedQueue queue, QueueBuilder q)
    {
        (q.Weight, q.Concurrency, q.RateLimit, q.Delay) = (queue.Weight, queue.Limit, queue.RateLimit, queue.Delay);
        q.TimeLimit = queue.TimeLimit;
        q.WaitTime = queue.WaitTime;
        q.Reject = queue.Reject;
        if (queue.RejectsByException)
            q.RejectOn<HopelessException>();
        q.Retry(Backoff.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)));
        switch (queue.Handlers)
        {
            case HandlerKind.AnyFunction:
                q.Handle(Body.Text, (message, _, cancel) => _handlers.HandleAsync(message, cancel));
                break;
            case HandlerKind.AnyClass:
                q.Handle<string, Handlers>(Body.Text);
                break;
            case HandlerKind.ByName:
                q.Handle("one", Body.Text, (message, _, cancel) => _handlers.HandleAsync(message, cancel));
                q.Handle<string, Handlers>("two", Body.Text);
                break;
            case HandlerKind.BatchFunction:
                q.UseBatch<Handlers>();
                q.HandleBatch(new KnownText(), (batch, _, cancel) => _handlers.HandleAsync(batch, cancel), queue.Batch, queue.Gather);
                break;
            case HandlerKind.BatchClass:
                q.UseBatch<Handlers>();
                q.HandleBatch<string, Handlers>(new KnownText(), queue.Batch, queue.Gather);
                break;
        }
    }

    private void Route<T>(ZanshinBuilder z, int queue)
        where T : Parcel
    {
        if (queue < _plan.Queues.Count)
            z.Route(_plan.Queues[queue].Name, null, new ParcelBody<T>());
    }
}
