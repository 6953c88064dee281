using System.Text.Json.Serialization;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Zanshin;
using Zanshin.LocalQueue;
using Zanshin.Testing;

// The worker, its sender, configuration, DI and JSON as one native binary: 100 messages through the in-process queue.
using var sqs = new LocalSqs();
using AmazonSQSClient client = LocalSqsClient.Create(sqs);
await client.CreateQueueAsync("orders");

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Configuration["Zanshin:Concurrency"] = "7";
builder.Configuration["Zanshin:Queues:orders:WaitTime"] = "00:00:01";
builder.Services.AddSingleton<IAmazonSQS>(client);
builder.Services.AddSingleton<Tally>();
builder.Services.AddZanshin(z => z
    .Use<Around>()
    .Route<Order>("orders", "order.placed", Json.Default.Order)
    .Queue("orders", q => q.Handle<Order, PlaceOrder>("order.placed", Json.Default.Order)));
using IHost host = builder.Build();
await host.StartAsync();
await host.Services.GetRequiredService<ISender>().SendAllAsync(Enumerable.Range(0, 100).Select(i => new Order(i)));
await host.Services.GetRequiredService<Tally>().All.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
await host.StopAsync();
WorkerStatus status = host.Services.GetRequiredService<ZanshinWorker>().GetStatus();
bool right = status is { Concurrency: 7, TasksAlive: 0, Sound: true } && status.Queues[0] is { Done: 100, LeasesHeld: 0, FailedRuns: 0 };
Console.WriteLine(right ? "AOT works" : $"AOT differs: {status} {status.Queues[0]}");
return right ? 0 : 1;

internal sealed record Order(int Id);

[JsonSerializable(typeof(Order))]
internal sealed partial class Json : JsonSerializerContext;

internal sealed class Tally
{
    private int _count;

    public TaskCompletionSource All { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add()
    {
        if (Interlocked.Increment(ref _count) == 100)
            All.TrySetResult();
    }
}

internal sealed class Around : IMiddleware
{
    public ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel) => next(message, cancel);
}

internal sealed class PlaceOrder(Tally tally) : IHandleDone<Order>
{
    public ValueTask HandleAsync(Message<Order> message, CancellationToken cancel)
    {
        tally.Add();
        return ValueTask.CompletedTask;
    }
}
