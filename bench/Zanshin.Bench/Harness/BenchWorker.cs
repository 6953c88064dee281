using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Bench.Harness;

/// <summary>A worker on one queue or more, set up as an application would, over a client of the benchmark's.</summary>
internal sealed class BenchWorker : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly ZanshinWorker _worker;

    public BenchWorker(IAmazonSQS client, string queue, int concurrency, Func<Message<string>, CancellationToken, ValueTask<Outcome>> handle)
        : this(client, [queue], concurrency, (_, message, cancel) => handle(message, cancel))
    {
    }

    /// <param name="handle">Gets the queue's place in the list too.</param>
    public BenchWorker(IAmazonSQS client, IReadOnlyList<string> queues, int concurrency, Func<int, Message<string>, CancellationToken, ValueTask<Outcome>> handle)
    {
        var services = new ServiceCollection();
        services.AddSingleton(client);
        services.AddZanshin(z =>
        {
            z.Concurrency = concurrency;
            for (int i = 0; i < queues.Count; i++)
            {
                int place = i;
                z.Queue(queues[i], q => q.Handle(Body.Text, (message, _, cancel) => handle(place, message, cancel)));
            }
        });
        _services = services.BuildServiceProvider();
        _worker = _services.GetRequiredService<ZanshinWorker>();
    }

    public WorkerStatus Status => _worker.GetStatus();

    public QueueStatus Queue => Status.Queues[0];

    public Task StartAsync() => _worker.StartAsync(CancellationToken.None);

    public void Quiet() => _worker.Quiet();

    public void Resume() => _worker.Resume();

    /// <summary>After <see cref="Quiet"/>: nothing is in flight, and has not been for a moment.</summary>
    public async Task IdleAsync()
    {
        for (int still = 0; still < 3; await Clock.WaitAsync(TimeSpan.FromMilliseconds(10)))
            still = Status is { Running: 0, Waiting: 0, Settling: 0 } ? still + 1 : 0;
    }

    /// <summary>Ends at once: what is under way is cancelled and given back.</summary>
    public Task StopAsync() => _worker.StopAsync(new CancellationToken(canceled: true));

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
