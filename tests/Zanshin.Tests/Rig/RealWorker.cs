using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zanshin.LocalQueue;
using Zanshin.Testing;

namespace Zanshin.Tests.Rig;

/// <summary>A worker on the in-process queue, on real threads and the real clock: for what blocks a thread.</summary>
internal sealed class RealWorker : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly LocalSqs _sqs = new(new LocalSqsOptions { TimeProvider = TimeProvider.System });
    private readonly ServiceProvider _services;

    private RealWorker(Action<ZanshinBuilder> configure, Action<IServiceCollection>? more)
    {
        Client = LocalSqsClient.Create(_sqs);
        var services = new ServiceCollection();
        services.AddSingleton<IAmazonSQS>(Client);
        services.AddLogging(l => l.AddProvider(Log).SetMinimumLevel(LogLevel.Information));
        more?.Invoke(services);
        services.AddZanshin(configure);
        _services = services.BuildServiceProvider();
    }

    public AmazonSQSClient Client { get; }

    public LogLines Log { get; } = new();

    public ZanshinWorker Worker => _services.GetRequiredService<ZanshinWorker>();

    public IServiceProvider Services => _services;

    /// <param name="each">So many messages are in each queue before the start.</param>
    public static async Task<RealWorker> StartAsync(Action<ZanshinBuilder> configure, string[] queues, int each, Action<IServiceCollection>? more = null)
    {
        var real = new RealWorker(configure, more);
        foreach (string name in queues)
        {
            string url = (await real.Client.CreateQueueAsync(new CreateQueueRequest { QueueName = name, Attributes = new() { ["VisibilityTimeout"] = "5" } })).QueueUrl;
            for (int sent = 0; sent < each; sent += 10)
                await real.Client.SendMessageBatchAsync(url, [.. Enumerable.Range(sent, Math.Min(10, each - sent)).Select(static i => new SendMessageBatchRequestEntry($"{i}", $"{i}"))]);
        }
        await real.Worker.StartAsync(default);
        return real;
    }

    public async Task UntilAsync(Func<bool> condition)
    {
        DateTimeOffset end = TimeProvider.System.GetUtcNow() + Patience;
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetUtcNow() < end, $"Not so within {Patience}.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Worker.StopAsync(default);
        Assert.True(Worker.GetStatus().Sound);
        await _services.DisposeAsync();
        Client.Dispose();
        _sqs.Dispose();
    }
}
