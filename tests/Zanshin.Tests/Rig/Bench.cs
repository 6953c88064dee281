using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Zanshin.LocalQueue;
using Zanshin.Sending;
using Zanshin.Testing;
using Zanshin.Timing;

namespace Zanshin.Tests.Rig;

/// <summary>A worker on the in-process queue, on virtual time: hours take milliseconds, and every run is the same.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private ServiceProvider? _services;

    public Bench(VirtualTime time, int seed = 1, bool sampleServers = false)
    {
        Time = time;
        SqsClock = new SteadyClock(time);
        Sqs = new LocalSqs(new LocalSqsOptions { TimeProvider = SqsClock, Seed = seed, SampleServers = sampleServers });
        Faults = new Faults(Sqs, time);
        Client = LocalSqsClient.Create(Faults);
        Direct = LocalSqsClient.Create(Sqs);
        Seed = seed;
    }

    public VirtualTime Time { get; }

    public SteadyClock SqsClock { get; }

    public LocalSqs Sqs { get; }

    public Faults Faults { get; }

    /// <summary>The worker's client, with faults under it.</summary>
    public AmazonSQSClient Client { get; }

    /// <summary>The test's own client, without.</summary>
    public AmazonSQSClient Direct { get; }

    public int Seed { get; }

    public LogLines Log { get; } = new();

    /// <summary>Whether a queue's first receive asks for one message, as it does outside of tests.</summary>
    public bool StartsWary { get; set; }

    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    public ZanshinWorker Worker => _services!.GetRequiredService<ZanshinWorker>();

    public ISender Sender => _services!.GetRequiredService<ISender>();

    public IServiceProvider Services => _services!;

    public QueueStatus Status => Worker.GetStatus().Queues[0];

    /// <summary>Runs a test's body on virtual time with a bench, and disposes it.</summary>
    /// <param name="sampleServers">Receives bring part of what there is, as at SQS.</param>
    public static void Run(Func<Bench, Task> body, TimeSpan? limit = null, bool sampleServers = false)
    {
        var time = new VirtualTime();
        time.Run(async () =>
        {
            await using var bench = new Bench(time, sampleServers: sampleServers);
            await body(bench);
        }, limit);
        Assert.Equal(0, time.LiveTimers);
    }

    public async Task<string> QueueAsync(string name, params (string Name, string Value)[] attributes)
    {
        var all = attributes.ToDictionary(static a => a.Name, static a => a.Value);
        if (name.EndsWith(".fifo", StringComparison.Ordinal))
            all["FifoQueue"] = "true";
        return (await Direct.CreateQueueAsync(new CreateQueueRequest { QueueName = name, Attributes = all })).QueueUrl;
    }

    public void Setup(Action<ZanshinBuilder> configure, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton(new Surroundings(Time, new Random(Seed), Time.Context));
        services.AddSingleton<IAmazonSQS>(Client);
        services.AddLogging(l => l.AddProvider(Log).SetMinimumLevel(LogLevel.Information));
        services.Configure<HostOptions>(o => o.ShutdownTimeout = ShutdownTimeout);
        more?.Invoke(services);
        services.AddZanshin(z =>
        {
            z.StartsWary = StartsWary;
            configure(z);
        });
        _services = services.BuildServiceProvider();
    }

    public async Task StartAsync(Action<ZanshinBuilder> configure, Action<IServiceCollection>? more = null)
    {
        Setup(configure, more);
        await Worker.StartAsync(default);
    }

    public Task StopAsync() => Worker.StopAsync(default);

    public Task SendAsync(string url, string body, string? group = null, string? type = null) => Direct.SendMessageAsync(new SendMessageRequest
    {
        QueueUrl = url,
        MessageBody = body,
        MessageGroupId = group,
        MessageDeduplicationId = url.EndsWith(".fifo", StringComparison.Ordinal) ? Guid.NewGuid().ToString() : null,
        MessageAttributes = type is null ? [] : new() { ["zanshin-type"] = new() { DataType = "String", StringValue = type } },
    });

    public async Task SendManyAsync(string url, int count, Func<int, string>? group = null)
    {
        for (int i = 0; i < count; i++)
            await SendAsync(url, $"{i}", group?.Invoke(i));
    }

    /// <summary>Virtual seconds since a fixed moment.</summary>
    public double Now() => (Time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    public Task Pass(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), Time);

    /// <summary>Waits, on virtual time, until something is so.</summary>
    public async Task Until(Func<bool> condition, double atMost = 3600)
    {
        double step = 0.01;
        for (double waited = 0; !condition(); waited += step)
        {
            Assert.True(waited < atMost, $"Not so within {atMost} virtual seconds.");
            step = Math.Max(0.01, waited / 100);
            await Pass(step);
        }
    }

    /// <summary>Visible, in flight, delayed.</summary>
    public async Task<(int Visible, int InFlight, int Delayed)> DepthAsync(string url)
    {
        Dictionary<string, string> a = (await Direct.GetQueueAttributesAsync(url, ["All"])).Attributes;
        return (int.Parse(a["ApproximateNumberOfMessages"]), int.Parse(a["ApproximateNumberOfMessagesNotVisible"]), int.Parse(a["ApproximateNumberOfMessagesDelayed"]));
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            await Worker.StopAsync(default);
            // As a host does, after all services.
            await _services.GetRequiredService<BufferedSender>().StoppedAsync(default);
            WorkerStatus status = Worker.GetStatus();
            // The promises hold at the end of every test.
            Assert.True(status.Sound, "The ledger's equations were broken.");
            Assert.Equal(0, status.Settling);
            Assert.Equal(0, status.Waiting);
            await _services.DisposeAsync();
        }
        Client.Dispose();
        Direct.Dispose();
        Sqs.Dispose();
    }
}
