using System.Text.Json;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Zanshin.Cli.Sqs;
using Zanshin.Cli.Work;
using Zanshin.Cli.Work.Assemblies;
using Zanshin.LocalQueue;
using Zanshin.Testing;

namespace Zanshin.Cli.Tests.Work;

/// <summary>The options as the worker has them once it has started, on a queue in this process.</summary>
public sealed class WorkHostTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zanshin-work-host-");
    private readonly LocalSqs _sqs = new();
    private readonly StringWriter _log = new();

    public void Dispose()
    {
        _sqs.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Options_of_the_command_line_hold_for_queues_that_only_the_handlers_name()
    {
        await CreateAsync("orders");
        using IHost host = Build(new WorkOptions { TimeLimit = TimeSpan.FromSeconds(30), Visibility = TimeSpan.FromSeconds(40), WaitTime = TimeSpan.Zero, Delay = TimeSpan.FromSeconds(1) }, source: Source("orders"));
        await host.StartAsync();
        QueueOptions queue = Queue(host, "orders");
        Assert.Equal([30, 40, 0, 1], ((TimeSpan?[])[queue.TimeLimit, queue.Visibility, queue.WaitTime, queue.Delay]).Select(static t => t!.Value.TotalSeconds));
        await host.StopAsync();
    }

    [Theory]
    [InlineData("""{"orders":8}""")]
    [InlineData("""[["orders",8]]""")]
    [InlineData("""["orders"]""")]
    [InlineData("""{"orders":{"Weight":8,"TimeLimit":99,"WaitTime":20}}""")]
    [InlineData("""[{"Name":"orders","Weight":8,"TimeLimit":99,"WaitTime":20}]""")]
    public async Task Options_of_the_command_line_go_over_the_file_in_whatever_shape_it_is(string queues)
    {
        await CreateAsync("orders");
        using IHost host = Build(new WorkOptions { Queues = [new("orders", 3)], TimeLimit = TimeSpan.FromSeconds(30), WaitTime = TimeSpan.Zero }, $$"""{"Zanshin":{"Queues":{{queues}} } }""");
        await host.StartAsync();
        QueueOptions queue = Queue(host, "orders");
        Assert.Equal((3, 30), (queue.Weight, queue.TimeLimit!.Value.TotalSeconds));
        await host.StopAsync();
    }

    [Fact]
    public async Task Queues_of_one_name_have_each_its_weight()
    {
        await CreateAsync("orders");
        WorkedQueue[] given = [new("https://sqs.eu-west-1.amazonaws.com/111111111111/orders", 3), new("https://sqs.eu-west-1.amazonaws.com/222222222222/orders", 5)];
        using IHost host = Build(new WorkOptions { Queues = given, WaitTime = TimeSpan.Zero });
        // They are one here, which is found after the options are read.
        ZanshinConfigurationException exception = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => host.StartAsync());
        Assert.DoesNotContain("The configuration", exception.Message, StringComparison.Ordinal);
        Assert.Equal([3, 5], given.Select(q => Queue(host, q.Name).Weight));
    }

    [Fact]
    public async Task The_command_line_goes_over_the_code_of_the_assembly()
    {
        await CreateAsync("orders");
        HandlerSource source = Source("orders", worker: static z =>
        {
            z.Options.Timeout = TimeSpan.FromSeconds(60);
            z.Queue("orders", static q => q.Visibility = TimeSpan.FromSeconds(50));
        });
        using IHost host = Build(new WorkOptions { Timeout = TimeSpan.FromSeconds(10), Visibility = TimeSpan.FromSeconds(40), WaitTime = TimeSpan.Zero }, source: source);
        await host.StartAsync();
        Assert.Equal(40, Queue(host, "orders").Visibility!.Value.TotalSeconds);
        Assert.Equal(10, host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout.TotalSeconds);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_timeout_of_the_command_line_is_the_whole_stop_whatever_the_file_says()
    {
        await CreateAsync("orders");
        using IHost host = Build(new WorkOptions { Queues = [new("orders", null)], Timeout = TimeSpan.FromSeconds(10), WaitTime = TimeSpan.Zero }, """{"Zanshin":{"Timeout":60}}""");
        await host.StartAsync();
        Assert.Equal(10, host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout.TotalSeconds);
        Assert.Null(host.Services.GetRequiredService<ZanshinBuilder>().Options.Timeout);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_concurrency_of_the_command_line_is_that_of_the_worked_group_too()
    {
        await CreateAsync("reports");
        const string File = """{"Zanshin":{"Groups":{"bulk":{"Concurrency":5,"Queues":["reports"]},"fast":{"Concurrency":2,"Queues":["orders"]}}}}""";
        using IHost host = Build(new WorkOptions { Group = "bulk", Concurrency = 20, WaitTime = TimeSpan.Zero }, File);
        await host.StartAsync();
        WorkerStatus status = host.Services.GetRequiredService<ZanshinWorker>().GetStatus();
        Assert.Equal(("bulk", 20), Assert.Single(status.Groups.Select(static g => (g.Name, g.Concurrency))));
        Assert.Equal(20, host.Services.GetRequiredService<ZanshinBuilder>().Options.MaxConcurrency);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_background_service_that_crashes_ends_the_tool_with_a_sentence()
    {
        await CreateAsync("orders");
        HandlerSource source = Source("orders", services: static s => s.AddHostedService<Crash>());
        var options = new WorkOptions { WaitTime = TimeSpan.Zero };
        Refusal refusal = await Assert.ThrowsAsync<Refusal>(() => new WorkHost(options, WorkConfiguration.Of(options), new WorkLog(_log, json: false, verbose: false), source).RunAsync());
        Assert.Contains("Crash has failed, and ended the worker: InvalidOperationException: no more", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("no more", _log.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_are_those_of_the_sqs_commands()
    {
        var place = new SqsPlace { Endpoint = SqsPlace.LocalEndpoint, Region = "eu-west-1" };
        using IHost host = Build(new WorkOptions { Queues = [new("orders", null)], Place = place }, source: new Handlers(["orders"], null, null, null));
        IAmazonSQS worked = host.Services.GetRequiredKeyedService<IAmazonSQS>("orders");
        using AmazonSQSClient own = place.Client(QueueReference.Read("orders"));
        Assert.Equal((own.Config.ServiceURL, own.Config.AuthenticationRegion), (worked.Config.ServiceURL, worked.Config.AuthenticationRegion));
        Assert.Equal("eu-west-1", worked.Config.AuthenticationRegion);
        // What is sent to, and dead-letter queues, are asked through the same.
        Assert.Same(worked, host.Services.GetRequiredKeyedService<IAmazonSQS>("others"));
    }

    [Fact]
    public async Task Bodies_are_read_with_plain_options_of_the_services()
    {
        await CreateAsync("orders");
        var read = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        HandlerSource source = Source("orders", services: static s => s.AddSingleton(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower }), queueSetup: q =>
            q.Handle(new ServicesBody<Order>(), (message, _, _) =>
            {
                read.TrySetResult(message.Body.OrderNumber);
                return ValueTask.FromResult(Outcome.Done);
            }));
        using IHost host = Build(new WorkOptions { WaitTime = TimeSpan.FromSeconds(1) }, source: source);
        await host.StartAsync();
        using AmazonSQSClient client = LocalSqsClient.Create(_sqs);
        await client.SendMessageAsync((await client.GetQueueUrlAsync("orders")).QueueUrl, """{"order_number":7}""");
        Assert.Equal(7, await read.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System));
        await host.StopAsync();
    }

    private static QueueOptions Queue(IHost host, string name)
    {
        QueueOptions? options = null;
        host.Services.GetRequiredService<ZanshinBuilder>().Queue(name, q => options = q.Options);
        return options!;
    }

    private async Task CreateAsync(string queue)
    {
        using AmazonSQSClient client = LocalSqsClient.Create(_sqs);
        await client.CreateQueueAsync(queue);
    }

    private IHost Build(WorkOptions options, string? file = null, HandlerSource? source = null)
    {
        if (file is not null)
        {
            string path = Path.Combine(_directory.FullName, "appsettings.json");
            File.WriteAllText(path, file);
            options = options with { Config = new FileInfo(path) };
        }
        return new WorkHost(options, WorkConfiguration.Of(options), new WorkLog(_log, json: false, verbose: false), source ?? Source()).Build();
    }

    /// <summary>An assembly's, which brings its own client.</summary>
    private Handlers Source(string? queue = null, Action<IServiceCollection>? services = null, Action<ZanshinBuilder>? worker = null, Action<QueueBuilder>? queueSetup = null) => new(
        queue is null ? [] : [queue],
        s =>
        {
            s.AddSingleton<IAmazonSQS>(_ => LocalSqsClient.Create(_sqs));
            services?.Invoke(s);
        },
        worker,
        queueSetup);

    private sealed record Order(int OrderNumber);

    private sealed class Handlers(IReadOnlyList<string> queues, Action<IServiceCollection>? services, Action<ZanshinBuilder>? worker, Action<QueueBuilder>? queue) : HandlerSource
    {
        public override IReadOnlyList<string> Queues => queues;

        public override void Prepare(HostApplicationBuilder host) => services?.Invoke(host.Services);

        public override void Configure(ZanshinBuilder builder) => worker?.Invoke(builder);

        public override void Handle(QueueBuilder builder)
        {
            if (queue is not null)
                queue(builder);
            else
                builder.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Done));
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Crash : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Yield();
            throw new InvalidOperationException("no more");
        }
    }
}
