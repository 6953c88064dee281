using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Zanshin.LocalQueue;
using Zanshin.Sending;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

/// <summary>Ends without a stop: a container that is disposed of, in either way, and a client that is gone before its worker.</summary>
public class DisposalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The clients were made after the worker, so the container disposed of them first: 28 s of failed calls, and every finished message came again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_container_that_is_disposed_of_ends_the_worker_before_its_clients(bool synchronously)
    {
        await using var rig = new Rig();
        for (int i = 0; i < 10; i++)
            await rig.SendAsync($"{i}");
        var go = new TaskCompletionSource();
        int running = 0, done = 0;
        ServiceProvider provider = rig.Provider(z =>
        {
            z.Concurrency = 3;
            z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) =>
            {
                Interlocked.Increment(ref running);
                await (synchronously ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel) : go.Task);
                Interlocked.Increment(ref done);
            }));
        });
        var worker = provider.GetRequiredService<ZanshinWorker>();
        await worker.StartAsync(default);
        await UntilAsync(() => running == 3);
        if (synchronously)
        {
            long began = TimeProvider.System.GetTimestamp();
            provider.Dispose();
            Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0, 6);
        }
        else
        {
            Task disposed = provider.DisposeAsync().AsTask();
            go.SetResult();
            await worker.StopAsync(new CancellationToken(canceled: true));
            await disposed;
        }
        Assert.Equal((10 - done, 0), await rig.DepthAsync());
        Assert.Equal(synchronously ? 0 : 3, done);
        Assert.Equal((WorkerState.Stopped, 0L), (worker.GetStatus().State, worker.GetStatus().TasksAlive));
        Assert.DoesNotContain(rig.Log.Lines, static l => l.Id is 10 or 14 or 23 or 24);
    }

    [Fact]
    public async Task What_is_in_a_send_buffer_goes_out_before_its_client_is_gone()
    {
        await using var rig = new Rig();
        ServiceProvider provider = rig.Provider(static z =>
        {
            z.Route("orders", null, Body.Text);
            z.SendBuffer.Linger = TimeSpan.FromSeconds(50);
        });
        Assert.Equal((0, 0), await rig.DepthAsync());
        for (int i = 0; i < 3; i++)
            await provider.GetRequiredService<IBufferedSender>().EnqueueAsync($"{i}");
        provider.Dispose();
        Assert.Equal((3, 0), await rig.DepthAsync());
    }

    [Fact]
    public void A_container_may_be_disposed_of_synchronously_whatever_was_made_of_it()
    {
        using var sqs = new LocalSqs();
        using AmazonSQSClient client = LocalSqsClient.Create(sqs);
        var services = new ServiceCollection().AddSingleton<IAmazonSQS>(client).AddSingleton<Microsoft.Extensions.Hosting.IHostApplicationLifetime, Lifetime>().AddZanshin(static z =>
        {
            z.Route("orders", null, Body.Text);
            z.HandleSignals();
            z.ProtectFromScaleIn();
        });
        foreach (Type type in services.Select(static s => s.ServiceType).Where(static t => !t.ContainsGenericParameters && t.Assembly == typeof(ZanshinWorker).Assembly).Append(typeof(Microsoft.Extensions.Hosting.IHostedService)))
        {
            using ServiceProvider provider = services.BuildServiceProvider();
            Assert.NotEmpty(provider.GetServices(type));
        }
    }

    /// <summary>A synchronous end of a program with one thread (a desktop's, an old ASP.NET's) must not wait for itself.</summary>
    [Fact]
    public async Task A_synchronous_end_needs_nothing_of_the_thread_that_waits()
    {
        await using var rig = new Rig();
        await rig.SendAsync("one");
        ServiceProvider provider = rig.Provider(z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, cancel) => new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel)))));
        var worker = provider.GetRequiredService<ZanshinWorker>();
        await worker.StartAsync(default);
        await UntilAsync(() => worker.GetStatus().Running == 1);
        TimeSpan took = default;
        var thread = new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new Stuck());
            long began = TimeProvider.System.GetTimestamp();
            provider.Dispose();
            took = TimeProvider.System.GetElapsedTime(began);
        });
        thread.Start();
        Assert.True(thread.Join(Patience));
        Assert.InRange(took.TotalSeconds, 0, 5);
        Assert.Equal((1, 0), await rig.DepthAsync());
    }

    [Fact]
    public async Task A_handler_that_ignores_its_token_holds_a_synchronous_end_up_for_seconds_only()
    {
        await using var rig = new Rig();
        await rig.SendAsync("one");
        var never = new TaskCompletionSource();
        ServiceProvider provider = rig.Provider(z => z.Queue("orders", q => q.Handle(Body.Text, async (_, _, _) => await never.Task)));
        var worker = provider.GetRequiredService<ZanshinWorker>();
        await worker.StartAsync(default);
        await UntilAsync(() => worker.GetStatus().Running == 1);
        provider.Dispose();
        Assert.Equal((1, 0), await rig.DepthAsync());
        never.SetResult();
    }

    /// <summary>It was tried for 28 s, at each call anew.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_that_is_disposed_of_first_ends_the_worker_at_once_in_one_sentence(bool busy) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "30"));
        if (busy)
            await bench.SendManyAsync(url, 10);
        CancelReason? reason = null;
        await bench.StartAsync(z =>
        {
            z.Concurrency = 3;
            z.Queue("orders", q => q.Handle(Body.Text, async (message, _, cancel) =>
            {
                try
                {
                    await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel);
                }
                finally
                {
                    reason = message.Cancelled;
                }
            }));
        });
        await bench.Pass(5);
        bench.Client.Dispose();
        await bench.Until(() => bench.Worker.GetStatus().State == WorkerState.Stopped, 40);
        Assert.Equal(busy ? CancelReason.Stopping : null, reason);
        Assert.Single(bench.Log.Lines, static l => l.Id == 14);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id is 10 or 24);
        Assert.Contains("disposed of", bench.Worker.GetStatus().Trouble, StringComparison.Ordinal);
        double began = bench.Now();
        await bench.StopAsync();
        Assert.Equal(began, bench.Now());
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    [Fact]
    public void What_was_done_when_the_client_was_gone_is_said_as_it_is() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendAsync(url, "one");
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, (_, _, _) =>
        {
            bench.Client.Dispose();
            return ValueTask.CompletedTask;
        })));
        await bench.Until(() => bench.Worker.GetStatus().State == WorkerState.Stopped, 40);
        string said = Assert.Single(bench.Log.Lines, static l => l.Id == 23).Text;
        Assert.EndsWith("is done, but its delete is not confirmed, because the SQS client was disposed of; it comes again, and is run again", said, StringComparison.Ordinal);
    });

    [Fact]
    public void What_was_done_when_a_stops_time_was_over_is_said_as_it_is() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendAsync(url, "one");
        bench.Faults.Rule = static (action, _) => action == "DeleteMessageBatch" ? Fate.LostBefore : Fate.Works;
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        await bench.Until(() => bench.Status.Settling == 1);
        await bench.StopAsync();
        Assert.EndsWith("because the stop's time was over; it comes again, and is run again", Assert.Single(bench.Log.Lines, static l => l.Id == 23).Text, StringComparison.Ordinal);
    });

    private static async Task UntilAsync(Func<bool> condition)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "Not so in time.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>Real threads and clock; the client is the container's, made when it is first asked for.</summary>
    private sealed class Rig : IAsyncDisposable
    {
        private readonly LocalSqs _sqs = new(new LocalSqsOptions { TimeProvider = TimeProvider.System });
        private readonly AmazonSQSClient _direct;
        private string? _url;

        public Rig() => _direct = LocalSqsClient.Create(_sqs);

        public LogLines Log { get; } = new();

        public ServiceProvider Provider(Action<ZanshinBuilder> configure)
        {
            var services = new ServiceCollection();
            services.AddSingleton<IAmazonSQS>(_ => LocalSqsClient.Create(_sqs));
            services.AddLogging(l => l.AddProvider(Log).SetMinimumLevel(LogLevel.Information));
            services.AddZanshin(z =>
            {
                z.CreateMissingQueues(static c => (c.MaxReceiveCount, c.Visibility) = (null, TimeSpan.FromSeconds(600)));
                configure(z);
            });
            return services.BuildServiceProvider();
        }

        public async Task SendAsync(string body) => await _direct.SendMessageAsync(await UrlAsync(), body);

        public async Task<(int Visible, int InFlight)> DepthAsync()
        {
            Dictionary<string, string> a = (await _direct.GetQueueAttributesAsync(await UrlAsync(), ["All"])).Attributes;
            return (int.Parse(a["ApproximateNumberOfMessages"]), int.Parse(a["ApproximateNumberOfMessagesNotVisible"]));
        }

        public ValueTask DisposeAsync()
        {
            _direct.Dispose();
            _sqs.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<string> UrlAsync() =>
            _url ??= (await _direct.CreateQueueAsync(new Amazon.SQS.Model.CreateQueueRequest { QueueName = "orders", Attributes = new() { ["VisibilityTimeout"] = "600" } })).QueueUrl;
    }

    private sealed class Lifetime : Microsoft.Extensions.Hosting.IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }

    private sealed class Stuck : SynchronizationContext
    {
        // The thread that would run it waits.
        public override void Post(SendOrPostCallback d, object? state)
        {
        }
    }
}
