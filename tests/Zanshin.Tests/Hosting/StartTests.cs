using System.Net;
using System.Text;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Zanshin.LocalQueue;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

/// <summary>The start bears what a running worker would: an SQS that is away, and a dead-letter queue that cannot be used.</summary>
public class StartTests
{
    [Theory]
    [InlineData(Fate.LostBefore)]
    [InlineData(Fate.NoName)]
    [InlineData(Fate.ServerError)]
    [InlineData(Fate.Throttled)]
    [InlineData(Fate.Cancelled)]
    [InlineData(Fate.Hangs)]
    public void A_start_by_hand_waits_for_an_sqs_that_is_not_there_yet(Fate fate) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Faults.Rule = (_, _) => bench.Time.GetUtcNow().Minute < 1 ? fate : Fate.Works;
        await bench.StartAsync(Text);
        Assert.Equal((WorkerState.Working, null), (bench.Worker.GetStatus().State, bench.Worker.GetStatus().Trouble));
        Assert.Single(bench.Log.Lines, static l => l.Id == 15);
        Assert.Single(bench.Log.Lines, static l => l.Id == 16);
        await bench.SendAsync(url, "one");
        await bench.Until(() => bench.Status.Done == 1);
    });

    [Fact]
    public void A_start_by_hand_that_has_waited_its_time_is_refused_and_may_be_made_again() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        double began = bench.Now();
        bench.Setup(Text);
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Contains("SQS does not answer at http://localhost:9324 for queue 'orders'", error.Message, StringComparison.Ordinal);
        Assert.InRange(bench.Now() - began, 65, 80);
        Assert.Equal(WorkerState.NotStarted, bench.Worker.GetStatus().State);
        bench.Faults.Rule = static (_, _) => Fate.Works;
        await bench.Worker.StartAsync(default);
        Assert.Equal(WorkerState.Working, bench.Worker.GetStatus().State);
    });

    [Fact]
    public void A_start_that_is_not_to_wait_is_refused_at_once() => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        double began = bench.Now();
        bench.Setup(static z =>
        {
            Text(z);
            z.WaitForSqs = TimeSpan.Zero;
        });
        await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.InRange(bench.Now() - began, 0, 2);
    });

    [Fact]
    public void A_caller_who_gives_up_ends_the_wait() => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        bench.Setup(static z =>
        {
            Text(z);
            z.WaitForSqs = Timeout.InfiniteTimeSpan;
        });
        using var cancel = new CancellationTokenSource();
        Task start = bench.Worker.StartAsync(cancel.Token);
        await bench.Pass(1000);
        Assert.Equal(WorkerState.Starting, bench.Worker.GetStatus().State);
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        Assert.Equal((WorkerState.NotStarted, 0L), (bench.Worker.GetStatus().State, bench.Worker.GetStatus().TasksAlive));
    });

    /// <summary>A web application that sends, or works too, could not start while SQS was away.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_host_is_not_held_up_while_sqs_is_away(bool works) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        Setup(bench, works ? Text : static z => z.Route("orders", null, Body.Text));
        double began = bench.Now();
        await HostAsync(bench);
        Assert.InRange(bench.Now() - began, 0, 2);
        await bench.Pass(300);
        Assert.Equal((HealthStatus.Degraded, HealthStatus.Unhealthy), await LookAsync(bench));
        Assert.Contains("SQS does not answer", bench.Worker.GetStatus().Trouble, StringComparison.Ordinal);
        Assert.Single(bench.Log.Lines, static l => l.Id == 15);
        // As of a queue that is asked in vain.
        await bench.Pass(400);
        Assert.Equal(HealthStatus.Unhealthy, (await LookAsync(bench)).Live);

        bench.Faults.Rule = static (_, _) => Fate.Works;
        await bench.Until(() => bench.Worker.GetStatus().State == WorkerState.Working, 10);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), await LookAsync(bench));
        Assert.Single(bench.Log.Lines, static l => l.Id == 16);
        if (!works)
        {
            await bench.Sender.SendAsync("one");
            return;
        }
        await bench.SendAsync(url, "one");
        await bench.Until(() => bench.Status.Done == 1);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stop_ends_the_wait_of_a_hosts_worker(bool disposes) => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (_, _) => Fate.Hangs;
        Setup(bench, Text);
        await HostAsync(bench);
        await bench.Pass(12);
        double began = bench.Now();
        if (disposes)
            await bench.Worker.DisposeAsync();
        else
            await bench.StopAsync();
        Assert.InRange(bench.Now() - began, 0, 0.1);
        Assert.Equal((WorkerState.Stopped, 0L), (bench.Worker.GetStatus().State, bench.Worker.GetStatus().TasksAlive));
    });

    [Fact]
    public void A_host_whose_worker_has_waited_its_time_is_ended_and_its_stop_says_why() => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        var host = new Host();
        Setup(bench, static z =>
        {
            Text(z);
            z.WaitForSqs = TimeSpan.FromMinutes(2);
        }, services => services.AddSingleton<IHostApplicationLifetime>(host));
        await HostAsync(bench);
        await bench.Pass(110);
        Assert.False(host.Stopped);
        await bench.Until(() => host.Stopped, 30);
        Assert.Single(bench.Log.Lines, static l => l.Id == 17);
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(bench.StopAsync);
        Assert.Contains("SQS does not answer", error.Message, StringComparison.Ordinal);
        await bench.StopAsync();
    });

    [Fact]
    public void What_is_wrong_is_refused_at_once_also_while_sqs_is_away_and_also_in_a_host() => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        Setup(bench, static z =>
        {
            Text(z);
            z.Concurrency = -1;
        });
        double began = bench.Now();
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => HostAsync(bench));
        Assert.Contains("Concurrency is -1", error.Message, StringComparison.Ordinal);
        Assert.InRange(bench.Now() - began, 0, 2);
    });

    [Theory]
    [InlineData(Fate.Denied, "not authorized")]
    [InlineData(Fate.Expired, "token included in the request is expired")]
    public void What_sqs_answers_is_refused_at_once_in_its_words(Fate fate, string says) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Faults.Rule = (_, _) => fate;
        Setup(bench, Text);
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => HostAsync(bench));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    });

    /// <summary>So SQS answers whoever has no permission, too.</summary>
    [Fact]
    public void A_queue_that_is_not_there_or_not_to_be_seen_is_said_in_the_words_of_sqs() => Bench.Run(async bench =>
    {
        using var transport = new Says(bench.Faults, HttpStatusCode.BadRequest, "QueueDoesNotExist", "The specified queue does not exist or you do not have access to it.");
        using AmazonSQSClient client = LocalSqsClient.Create(transport);
        Setup(bench, Text, services => services.AddSingleton<IAmazonSQS>(client));
        var error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => HostAsync(bench));
        Assert.Contains("Queue 'orders' does not exist", error.Message, StringComparison.Ordinal);
        Assert.Contains("or you do not have access to it", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("..", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_queue_that_was_deleted_a_moment_ago_is_made_when_sqs_lets_it() => Bench.Run(async bench =>
    {
        await bench.Direct.DeleteQueueAsync(await bench.QueueAsync("orders"));
        double began = bench.Now();
        await bench.StartAsync(static z =>
        {
            Text(z);
            z.CreateMissingQueues();
        });
        Assert.InRange(bench.Now() - began, 50, 66);
        string said = Assert.Single(bench.Log.Lines, static l => l.Id == 15).Text;
        Assert.Contains("Queue 'orders' cannot be created", said, StringComparison.Ordinal);
        Assert.DoesNotContain("..", said, StringComparison.Ordinal);
        Assert.Equal(["orders", "orders-dlq"], (await bench.Direct.ListQueuesAsync("")).QueueUrls.Select(static u => u.Split('/')[^1]).Order());
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_dead_letter_queue_that_cannot_be_used_is_advice(bool gone) => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("orders-dlq");
        string arn = (await bench.Direct.GetQueueAttributesAsync(dead, ["QueueArn"])).Attributes["QueueArn"];
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":"3"}"""));
        if (gone)
            await bench.Direct.DeleteQueueAsync(dead);
        else
            bench.Faults.RuleOf = static (action, _, before) => action == "GetQueueUrl" && before > 0 ? Fate.Denied : Fate.Works;
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Reject("never")))));
        string advice = Assert.Single(bench.Log.Lines, static l => l.Id == 8).Text;
        Assert.StartsWith("Rejected messages of queue 'orders' cannot be copied to its dead-letter queue 'orders-dlq'", advice, StringComparison.Ordinal);
        Assert.Contains(gone ? "does not exist" : "User is not authorized", advice, StringComparison.Ordinal);
        await bench.SendAsync(url, "one");
        // Whoever may not read a queue may be allowed to send to it.
        await bench.Until(() => gone ? bench.Status.Retried > 0 : bench.Status.Rejected == 1);
    });

    /// <summary>A handler used what a service that was registered later had not made yet.</summary>
    [Fact]
    public async Task Handlers_run_only_when_all_services_of_the_host_have_started()
    {
        using var sqs = new LocalSqs();
        using AmazonSQSClient client = LocalSqsClient.Create(sqs);
        string url = (await client.CreateQueueAsync("orders")).QueueUrl;
        await client.SendMessageAsync(url, "one");
        var later = new Later();
        var ran = new TaskCompletionSource<bool>();
        using IHost host = Build(client, later, z => z.Queue("orders", q => q.Handle(Body.Text, (_, _, _) =>
        {
            ran.TrySetResult(later.Started);
            return ValueTask.CompletedTask;
        })));
        await host.StartAsync();
        Assert.Equal(WorkerState.Starting, later.Seen!.State);
        Assert.Equal(0, later.Seen.Queues[0].Receives);
        Assert.True(await ran.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System));
        await host.Services.GetRequiredService<ZanshinWorker>().StopAsync(new CancellationToken(canceled: true));
        await host.StopAsync();
    }

    [Fact]
    public async Task A_host_of_which_another_service_does_not_start_takes_no_messages()
    {
        using var sqs = new LocalSqs();
        using AmazonSQSClient client = LocalSqsClient.Create(sqs);
        string url = (await client.CreateQueueAsync("orders")).QueueUrl;
        await client.SendMessageAsync(url, "one");
        using IHost host = Build(client, new Later { Fails = true }, Text);
        await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
        var worker = host.Services.GetRequiredService<ZanshinWorker>();
        host.Dispose();
        Assert.Equal(WorkerState.Stopped, worker.GetStatus().State);
        Dictionary<string, string> left = (await client.GetQueueAttributesAsync(url, ["All"])).Attributes;
        Assert.Equal(("1", "0"), (left["ApproximateNumberOfMessages"], left["ApproximateNumberOfMessagesNotVisible"]));
    }

    /// <summary>Hosts of other kinds do not say when their services have started.</summary>
    [Fact]
    public void A_host_that_only_starts_and_stops_has_a_worker_that_works() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(Text);
        foreach (IHostedService service in bench.Services.GetServices<IHostedService>())
            await service.StartAsync(default);
        await bench.SendAsync(url, "one");
        await bench.Until(() => bench.Status.Done == 1);
    });

    [Fact]
    public void A_worker_that_is_made_quiet_before_its_host_has_started_starts_quiet() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        Setup(bench, Text);
        bench.Worker.Quiet();
        await HostAsync(bench);
        await bench.Pass(60);
        Assert.Equal((WorkerState.Quiet, 0L), (bench.Worker.GetStatus().State, bench.Status.Receives));
        bench.Worker.Resume();
        await bench.Until(() => bench.Status.Done == 1);
    });

    private static IHost Build(IAmazonSQS client, Later later, Action<ZanshinBuilder> configure)
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(client).AddZanshin(configure);
        builder.Services.AddSingleton<IHostedService>(services =>
        {
            later.Worker = services.GetRequiredService<ZanshinWorker>();
            return later;
        });
        return builder.Build();
    }

    private static void Text(ZanshinBuilder z) => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));

    private static void Setup(Bench bench, Action<ZanshinBuilder> configure, Action<IServiceCollection>? more = null) => bench.Setup(configure, services =>
    {
        services.AddHealthChecks().AddZanshin();
        more?.Invoke(services);
    });

    // As a host does.
    private static async Task HostAsync(Bench bench)
    {
        IHostedLifecycleService worker = bench.Worker;
        await worker.StartingAsync(default);
        await worker.StartAsync(default);
        await worker.StartedAsync(default);
    }

    private static async Task<(HealthStatus Live, HealthStatus Ready)> LookAsync(Bench bench) =>
        (await LookAsync(bench, "zanshin-live"), await LookAsync(bench, "zanshin-ready"));

    // Not by HealthCheckService, which goes to the thread pool.
    private static async Task<HealthStatus> LookAsync(Bench bench, string name)
    {
        HealthCheckRegistration check = bench.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Single(r => r.Name == name);
        return (await check.Factory(bench.Services).CheckHealthAsync(new HealthCheckContext { Registration = check })).Status;
    }

    private sealed class Later : IHostedService
    {
        public ZanshinWorker? Worker { get; set; }

        public bool Fails { get; init; }

        public bool Started { get; private set; }

        public WorkerStatus? Seen { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Seen = Worker!.GetStatus();
            Started = true;
            return Fails ? Task.FromException(new InvalidOperationException("another service cannot start")) : Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Host : IHostApplicationLifetime
    {
        public bool Stopped { get; private set; }

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => Stopped = true;
    }

    private sealed class Says(HttpMessageHandler inner, HttpStatusCode status, string code, string text) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(new HttpResponseMessage(status)
        {
            Content = new StringContent($$"""{"__type":"com.amazonaws.sqs#{{code}}","message":"{{text}}"}""", Encoding.UTF8, "application/x-amz-json-1.0"),
        });
    }
}
