using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Zanshin.Dispatching;
using Zanshin.Observing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Observing;

/// <summary>What the real OpenTelemetry SDK makes of the worker's activities and instruments. Alone: activity sources are the process's.</summary>
[Collection(nameof(OpenTelemetryTests))]
public class OpenTelemetryTests
{
    [CollectionDefinition(nameof(OpenTelemetryTests), DisableParallelization = true)]
    public class Alone : ICollectionFixture<Started>;

    /// <summary>The SDK starts a loop of its own that never ends: here, and not in the course of a test.</summary>
    public class Started
    {
        public Started() => RuntimeHelpers.RunClassConstructor(typeof(Sdk).TypeHandle);
    }

    private const string XRay = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    [Fact]
    public void A_trace_goes_from_the_producer_through_the_queue_and_the_handler_to_what_it_calls() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        List<Activity> spans = [];
        using var shop = new ActivitySource("shop");
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin", "shop").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(z =>
        {
            z.Route("orders", null, Body.Text);
            z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) =>
            {
                using Activity? charge = shop.StartActivity("charge the card", ActivityKind.Client);
                await Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel);
            }));
        });
        using (shop.StartActivity("checkout", ActivityKind.Server))
            await bench.Sender.SendAsync("one");
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        await bench.StopAsync();

        Activity checkout = spans.Single(static s => s.DisplayName == "checkout");
        Activity process = spans.Single(static s => s.DisplayName == "process orders");
        Activity charge = spans.Single(static s => s.DisplayName == "charge the card");
        Assert.Equal(process.SpanId, charge.ParentSpanId);
        // What the sender has of its own stands between.
        Activity sender = spans.SingleOrDefault(static s => s.DisplayName == "send orders") ?? checkout;
        Assert.Equal(sender.SpanId, process.ParentSpanId);
        Assert.True(sender == checkout || sender.ParentSpanId == checkout.SpanId);
        Assert.All(spans, s => Assert.Equal(checkout.TraceId, s.TraceId));
        Assert.True(process.HasRemoteParent);
        Assert.Equal(ActivityKind.Consumer, process.Kind);
        Assert.Equal(("aws_sqs", "process", "process", "orders"), (process.GetTagItem("messaging.system"), process.GetTagItem("messaging.operation.name"), process.GetTagItem("messaging.operation.type"), process.GetTagItem("messaging.destination.name")));
        Assert.Equal(("done", 1), (process.GetTagItem("zanshin.outcome"), process.GetTagItem("zanshin.attempt")));
        Assert.Equal(36, ((string)process.GetTagItem("messaging.message.id")!).Length);
        Assert.Null(process.GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Unset, process.Status);
    });

    [Fact]
    public void A_failed_run_says_with_what() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (message, _, _) =>
            message.Attempt == 1 ? throw new TimeoutException("the bank does not answer") : ValueTask.CompletedTask)));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Activity failed = spans[0];
        Assert.Equal(("System.TimeoutException", "retried", ActivityStatusCode.Error), (failed.GetTagItem("error.type"), failed.GetTagItem("zanshin.outcome"), failed.Status));
        Assert.Equal(("done", 2), (spans[1].GetTagItem("zanshin.outcome"), spans[1].GetTagItem("zanshin.attempt")));
    });

    [Fact]
    public void State_and_baggage_come_along() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await SendAsync(bench, url, new()
        {
            ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            ["tracestate"] = "vendor=7",
            ["baggage"] = "tenant=b%C3%A4cker, user = 7;secret=no,,=x,lonely",
        });
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Activity process = Assert.Single(spans);
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "vendor=7"), ($"{process.TraceId}", $"{process.ParentSpanId}", process.TraceStateString));
        Assert.Equal([("tenant", "bäcker"), ("user", "7")], process.Baggage.Select(static b => (b.Key, b.Value)).Order());
    });

    [Theory]
    [InlineData(null, XRay, "5759e988bd862e3fe1be46a994272793")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", XRay, "0af7651916cd43dd8448eb211c80319c")]
    [InlineData(null, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0", "")] // the sender decided that it is not sampled
    [InlineData(null, "Root=1-5759e988", null)]
    [InlineData("nonsense", null, null)]
    public void Xrays_header_is_the_parent_where_there_is_no_traceparent(string? traceparent, string? header, string? trace) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await SendAsync(bench, url, traceparent is null ? [] : new() { ["traceparent"] = traceparent }, header);
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        if (trace == "")
            Assert.Empty(spans);
        else if (trace is null)
            Assert.Equal(default, Assert.Single(spans).ParentSpanId);
        else
            Assert.Equal(trace, Assert.Single(spans).TraceId.ToString());
    });

    [Fact]
    public void A_batch_is_linked_with_what_sent_its_messages() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await SendAsync(bench, url, new() { ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" });
        await SendAsync(bench, url, []);
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(static z => z.Queue("orders", static q => q.HandleBatch(Body.Text, static (_, _, _) => ValueTask.FromResult(new BatchOutcome()), max: 2, gather: TimeSpan.FromSeconds(5))));
        await bench.Until(() => bench.Status is { Done: 2, Settling: 0 });
        Activity process = Assert.Single(spans);
        Assert.Equal(("b7ad6b7169203331", 2), ($"{Assert.Single(process.Links).Context.SpanId}", process.GetTagItem("messaging.batch.message_count")));
    });

    [Fact]
    public void Requests_are_spans_of_a_source_of_their_own() => Bench.Run(async bench =>
    {
        bench.Faults.Rule = static (action, n) => action == "DeleteMessageBatch" && n == 0 ? Fate.Throttled : Fate.Works;
        string url = await bench.QueueAsync("orders");
        await SendAsync(bench, url, new() { ["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" });
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin.Requests").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static async (message, _, cancel) => await message.Lease.ExtendAsync(TimeSpan.FromSeconds(60), cancel))));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });

        Activity receive = spans.First(static s => s.DisplayName == "receive orders");
        Assert.Equal(("receive", "receive", 1), (receive.GetTagItem("messaging.operation.name"), receive.GetTagItem("messaging.operation.type"), receive.GetTagItem("messaging.batch.message_count")));
        Assert.Equal("b7ad6b7169203331", Assert.Single(receive.Links).Context.SpanId.ToString());
        Assert.Equal((ActivityKind.Client, url), (receive.Kind, receive.GetTagItem("aws.sqs.queue.url")));
        Assert.NotNull(receive.GetTagItem("aws.request_id"));
        Assert.Single(spans, static s => s.DisplayName == "change_visibility orders");
        Assert.Equal([("settle", "Throttled"), ("settle", null)], spans.Where(static s => s.DisplayName == "delete orders").Select(static s => ((string?)s.GetTagItem("messaging.operation.type"), (string?)s.GetTagItem("error.type"))));
        // The loops belong to no trace.
        Assert.All(spans.Where(static s => s.DisplayName != "change_visibility orders"), static s => Assert.Equal(default, s.ParentSpanId));
    });

    [Fact]
    public void Instruments_bring_their_units_and_buckets() => Bench.Run(async bench =>
    {
        List<Metric> metrics = [];
        using MeterProvider sdk = Sdk.CreateMeterProviderBuilder().AddMeter("Zanshin").AddInMemoryExporter(metrics).Build();
        using Metrics own = await MetersTests.StartAsync(bench, 3, static (_, _) => ValueTask.FromResult(Outcome.Done), null, static _ => false);
        await bench.Until(() => bench.Status is { Done: 3, Settling: 0 });
        sdk.ForceFlush();
        Metric duration = metrics.Single(static m => m.Name == "messaging.process.duration");
        Assert.Equal("s", duration.Unit);
        foreach (ref readonly MetricPoint point in duration.GetMetricPoints())
        {
            Assert.Equal(3, point.GetHistogramCount());
            List<double> bounds = [];
            foreach (HistogramBucket bucket in point.GetHistogramBuckets())
                bounds.Add(bucket.ExplicitBound);
            Assert.Equal([0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120, 300, 600, 1800, 3600, double.PositiveInfinity], bounds);
        }
        Assert.All(metrics, static m => Assert.False(string.IsNullOrEmpty(m.Unit), m.Name));
        Assert.All(metrics, static m => Assert.False(string.IsNullOrEmpty(m.Description), m.Name));
        Assert.Contains(metrics, static m => m.Name == "zanshin.poll.age");
    });

    /// <summary>A long poll of 20 s, and a handler that takes half an hour, were somewhere over 10 s.</summary>
    [Fact]
    public void Long_polls_and_long_handlers_have_buckets() => Bench.Run(async bench =>
    {
        List<Metric> metrics = [];
        using MeterProvider sdk = Sdk.CreateMeterProviderBuilder().AddMeter("Zanshin").AddInMemoryExporter(metrics).Build();
        using Metrics own = await MetersTests.StartAsync(bench, 1, async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(29), bench.Time, cancel);
            return Outcome.Done;
        }, null, static _ => false);
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        sdk.ForceFlush();
        Assert.Equal(1800, Bucket("messaging.process.duration"));
        Assert.InRange(Bucket("messaging.client.operation.duration"), 20, 25);

        // The upper bound of the last bucket that has any.
        double Bucket(string name)
        {
            double last = 0;
            foreach (ref readonly MetricPoint point in metrics.Single(m => m.Name == name).GetMetricPoints())
            {
                foreach (HistogramBucket bucket in point.GetHistogramBuckets())
                    last = bucket.BucketCount > 0 ? Math.Max(last, bucket.ExplicitBound) : last;
            }
            return last;
        }
    });

    /// <summary>In Prometheus the metrics stand apart: "Of these: ..." has nothing before it there.</summary>
    [Fact]
    public async Task Every_description_names_its_subject()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().AddZanshin(static _ => { }).BuildServiceProvider();
        var instruments = services.GetRequiredService<Instruments>();
        List<Instrument> all = [];
        _ = new Meters(services.GetRequiredService<ZanshinWorker>(), instruments, TimeProvider.System);
        _ = services.GetRequiredService<IBufferedSender>();
        using var listener = new MeterListener { InstrumentPublished = (i, _) => { if (i.Meter == instruments.Meter) all.Add(i); } };
        listener.Start();
        Assert.True(all.Count > 40);
        Assert.All(all, static i => Assert.DoesNotMatch(@"^(Of|These|Those|This|It|Its|In|From|Since|For|What)\b", i.Description));
        Assert.All(all, static i => Assert.DoesNotMatch(@"\b(of|for) (these|those)\b|\bthe (received|same)\b", i.Description));
        Assert.Equal(all.Count, all.Select(static i => i.Description).Distinct().Count());
    }

    [Fact]
    public async Task Every_metric_and_its_unit_is_on_the_page()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "telemetry.md"));
        await using ServiceProvider services = new ServiceCollection().AddMetrics().AddZanshin(static _ => { }).BuildServiceProvider();
        var worker = services.GetRequiredService<ZanshinWorker>();
        var instruments = services.GetRequiredService<Instruments>();
        List<Instrument> all = [];
        _ = new Meters(worker, instruments, TimeProvider.System);
        _ = services.GetRequiredService<IBufferedSender>();
        using var listener = new MeterListener { InstrumentPublished = (i, _) => { if (i.Meter == instruments.Meter) all.Add(i); } };
        listener.Start();
        Assert.True(all.Count > 30);
        Assert.Equal(4, all.Count(static i => i.Name.StartsWith("zanshin.sender.", StringComparison.Ordinal)));
        Assert.All(all, i => Assert.Contains($"| `{i.Name}` | {Kind(i)} | {i.Unit} |", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_kind_of_failure_that_a_tag_may_have_is_on_the_page()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "telemetry.md"));
        Assert.All(Enum.GetNames<Zanshin.Sqs.SqsFailureKind>(), kind => Assert.Contains($"`{kind}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_set_up_on_the_page_is_the_one_below()
    {
        string page = File.ReadAllText(Path.Combine(Root(), "docs", "telemetry.md")).ReplaceLineEndings("\n");
        string source = File.ReadAllText(ThisFile()).ReplaceLineEndings("\n");
        string snippet = source[(source.LastIndexOf("// <snippet>\n", StringComparison.Ordinal) + "// <snippet>\n".Length)..source.LastIndexOf("        // </snippet>", StringComparison.Ordinal)];
        string plain = string.Join('\n', snippet.Split('\n').Select(static l => l.Length > 8 ? l[8..] : l.TrimStart()));
        Assert.Contains($"```csharp\n{plain}```", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_set_up_of_the_page_can_be_built()
    {
        Microsoft.Extensions.Hosting.HostApplicationBuilder builder = new(new Microsoft.Extensions.Hosting.HostApplicationBuilderSettings { DisableDefaults = true });
        SetUp(builder);
        using var host = builder.Build();
        Assert.NotNull(host.Services.GetRequiredService<TracerProvider>());
        Assert.NotNull(host.Services.GetRequiredService<MeterProvider>());
    }

    [Fact]
    public void Where_nobody_listens_nothing_is_measured_and_nothing_allocated() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        long spent = -1;
        bool hears = true;
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, (message, _, _) =>
        {
            Run run = ((Delivery)message.Lease.Holder).Run!;
            hears = run.Line.Counts.Instruments!.HearsRuns;
            long before = 0;
            for (int i = -10; i < 1000; i++)
            {
                if (i == 0)
                    before = GC.GetAllocatedBytesForCurrentThread();
                RunMeasures measures = RunMeasures.Begin(run);
                measures.Began(run);
                measures.Ended(run);
            }
            spent = GC.GetAllocatedBytesForCurrentThread() - before;
            return ValueTask.CompletedTask;
        })), static s => s.AddMetrics());
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.False(hears);
        Assert.Equal(0, spent);
    });

    private static void SetUp(Microsoft.Extensions.Hosting.HostApplicationBuilder builder)
    {
        // <snippet>
        builder.Services.AddOpenTelemetry()
            .WithTracing(static tracing => tracing.AddSource("Zanshin").AddOtlpExporter())
            .WithMetrics(static metrics => metrics.AddMeter("Zanshin").AddOtlpExporter());
        builder.Services.AddHealthChecks().AddZanshin();
        // </snippet>
    }

    private static string Kind(Instrument instrument) => instrument.GetType().Name.Split('`')[0].Replace("Observable", "", StringComparison.Ordinal) switch
    {
        "UpDownCounter" => "up-down counter",
        var kind => kind.ToLowerInvariant(),
    };

    private static async Task SendAsync(Bench bench, string url, Dictionary<string, string> attributes, string? xray = null)
    {
        await bench.Direct.SendMessageAsync(new SendMessageRequest
        {
            QueueUrl = url,
            MessageBody = "one",
            MessageAttributes = attributes.ToDictionary(static a => a.Key, static a => new MessageAttributeValue { DataType = "String", StringValue = a.Value }),
            MessageSystemAttributes = xray is null ? [] : new() { ["AWSTraceHeader"] = new() { DataType = "String", StringValue = xray } },
        });
    }

    // artifacts/bin/Zanshin.Tests/debug -> the repository
    private static string Root() => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
