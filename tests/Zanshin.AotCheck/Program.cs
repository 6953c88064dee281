using System.Text.Json.Serialization;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Zanshin;
using Zanshin.LocalQueue;
using Zanshin.Testing;

// The worker, its sender, configuration, DI and JSON as one native binary: 100 single messages and 100 in batches through the in-process queue.
using var sqs = new LocalSqs();
using AmazonSQSClient client = LocalSqsClient.Create(sqs);
await client.CreateQueueAsync("orders");
await client.CreateQueueAsync("batches");

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Configuration["Zanshin:Concurrency"] = "7";
builder.Configuration["Zanshin:Queues:orders:WaitTime"] = "00:00:01";
builder.Services.AddSingleton<IAmazonSQS>(client);
builder.Services.AddSingleton<Tally>();
builder.Services.AddZanshin(z => z
    .Use<Around>()
    .UseBatch<Around>()
    .UseSend<Around>()
    .Carry("tenant", static () => "a")
    .Route<Order>("orders", "order.placed", Json.Default.Order)
    .Route<Parcel>("batches", null, Json.Default.Parcel)
    .Queue("batches", q => q.HandleBatch<Parcel, SendParcels>(Json.Default.Parcel, max: 25, gather: TimeSpan.FromMilliseconds(50)))
    .Queue("orders", q => q.Handle<Order, PlaceOrder>("order.placed", Json.Default.Order)));
using IHost host = builder.Build();
await host.StartAsync();
await host.Services.GetRequiredService<ISender>().SendAllAsync(Enumerable.Range(0, 50).Select(i => new Order(i)));
for (int i = 50; i < 100; i++)
    await host.Services.GetRequiredService<IBufferedSender>().EnqueueAsync(new Order(i));
await host.Services.GetRequiredService<ISender>().SendAllAsync(Enumerable.Range(0, 100).Select(i => new Parcel(i)));
await host.Services.GetRequiredService<Tally>().All.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
await host.StopAsync();
WorkerStatus status = host.Services.GetRequiredService<ZanshinWorker>().GetStatus();
bool right = status is { Concurrency: 7, TasksAlive: 0, Sound: true } && status.Queues.All(static q => q is { Done: 100, LeasesHeld: 0, FailedRuns: 0 });
Console.WriteLine(right ? "AOT works" : $"AOT differs: {status} {string.Join(' ', status.Queues)}");
return right ? 0 : 1;

internal sealed record Order(int Id);

internal sealed record Parcel(int Id);

[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Parcel))]
internal sealed partial class Json : JsonSerializerContext;

internal sealed class Tally
{
    private int _count;

    public TaskCompletionSource All { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(int count)
    {
        if (Interlocked.Add(ref _count, count) == 200)
            All.TrySetResult();
    }
}

internal sealed class SendParcels(Tally tally) : IHandleBatch<Parcel>
{
    public ValueTask<BatchOutcome> HandleAsync(IReadOnlyList<Message<Parcel>> batch, CancellationToken cancel)
    {
        tally.Add(batch.Count);
        return ValueTask.FromResult(new BatchOutcome());
    }
}

internal sealed class Around : IMiddleware, IBatchMiddleware, ISendMiddleware
{
    public ValueTask InvokeAsync(Outgoing message, SendDelegate next, CancellationToken cancel) => next(message, cancel);

    public ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel) => next(batch, cancel);

    public ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel) => next(message, cancel);
}

internal sealed class PlaceOrder(Tally tally) : IHandleDone<Order>
{
    public ValueTask HandleAsync(Message<Order> message, CancellationToken cancel)
    {
        tally.Add(1);
        return ValueTask.CompletedTask;
    }
}
