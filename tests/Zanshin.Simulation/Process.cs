using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.LocalQueue;
using Zanshin.Testing;
using Zanshin.Timing;

namespace Zanshin.Simulation;

/// <summary>One worker process of a simulation: the real worker over the real SDK client over a bad network.</summary>
internal sealed class Process : IAsyncDisposable
{
    private readonly string _name;
    private readonly Plan _plan;
    private readonly Random _dice;
    private readonly VirtualTime _time;
    private readonly Promises _promises;
    private readonly AmazonSQSClient _client;
    private readonly ServiceProvider _services;

    public Process(string name, LocalSqs sqs, Plan plan, VirtualTime time, Promises promises, EventLog log, int seed)
    {
        (_name, _plan, _time, _promises) = (name, plan, time, promises);
        _dice = new Random(seed);
        Network = new Network(sqs, plan, new Random(seed + 1), time, promises, log, name);
        _client = LocalSqsClient.Create(Network);
        var services = new ServiceCollection();
        services.AddSingleton(new Surroundings(time, new Random(seed + 2), time.Context));
        services.AddSingleton<IAmazonSQS>(_client);
        services.AddZanshin(Setup);
        _services = services.BuildServiceProvider();
        Worker = _services.GetRequiredService<ZanshinWorker>();
    }

    public Network Network { get; }

    public ZanshinWorker Worker { get; }

    public Task StartAsync() => Worker.StartAsync(default);

    /// <summary>The process is gone in mid-work: the queue hears nothing more of it.</summary>
    public void Die()
    {
        Network.Dead = true;
        _promises.Died(_name);
    }

    /// <summary>A clean stop, after which nothing may be left.</summary>
    public async Task StopAsync()
    {
        await Worker.StopAsync(default);
        WorkerStatus status = Worker.GetStatus();
        if (Network.Dead)
            return;
        if (!status.Sound)
            throw new BrokenPromiseException($"{_name}: the ledger's equations are broken");
        if (status is not { Running: 0, Waiting: 0, Settling: 0, TasksAlive: 0 } || status.Queues.Any(static q => q.LeasesHeld > 0))
            throw new BrokenPromiseException($"{_name} leaves something behind: {status} {string.Join(' ', status.Queues)}");
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _client.Dispose();
    }

    private void Setup(ZanshinBuilder z)
    {
        z.Concurrency = _plan.Concurrency;
        foreach (PlannedQueue queue in _plan.Queues)
        {
            z.Queue(queue.Name, q =>
            {
                q.TimeLimit = queue.TimeLimit;
                q.Retry(Backoff.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)));
                q.Handle(Body.Text, (message, _, cancel) => HandleAsync(message, cancel));
            });
        }
    }

    private async ValueTask<Outcome> HandleAsync(Message<string> message, CancellationToken cancel)
    {
        if (Network.Dead)
            return Outcome.Retry();
        _promises.Begins(_name, message.Id);
        string how = "cancelled";
        try
        {
            bool heeds = _dice.Next(100) >= _plan.IgnoresTokenPer100;
            await Task.Delay(_plan.LongestWork * _dice.NextDouble(), _time, heeds ? cancel : CancellationToken.None);
            bool fails = Network.Storm && _dice.Next(100) < _plan.FailuresPer100;
            Outcome outcome = !fails ? Outcome.Done : _dice.Next(4) switch
            {
                0 => throw new InvalidOperationException("drawn"),
                1 => Outcome.Retry(TimeSpan.FromSeconds(_dice.Next(0, 90))),
                2 => Outcome.Reject("drawn"),
                _ => Outcome.Retry(),
            };
            how = outcome.Kind == OutcomeKind.Done ? "done" : outcome.ToString();
            return outcome;
        }
        catch (InvalidOperationException)
        {
            how = "failed";
            throw;
        }
        finally
        {
            if (!Network.Dead)
                _promises.Ends(_name, message.Id, how);
        }
    }
}
