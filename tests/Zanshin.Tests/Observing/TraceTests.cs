using System.Diagnostics;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Observing;

/// <summary>What a trace says of batches, failures and retries. Alone, as activity sources are the process's.</summary>
[Collection(nameof(OpenTelemetryTests))]
public class TraceTests
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    /// <summary>The first message of a quiet queue was traced as if it were no batch: with another shape than the next ones, and with the sender's baggage.</summary>
    [Fact]
    public void A_batch_of_one_is_a_batch() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        string id = await SendAsync(bench, url, "one", new() { ["traceparent"] = Parent, ["baggage"] = "tenant=7" });
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin").AddInMemoryExporter(spans).Build();
        IEnumerable<KeyValuePair<string, string?>>? baggage = null;
        await bench.StartAsync(z => z.Queue("orders", q => q.HandleBatch(Body.Text, (_, services, _) =>
        {
            baggage = Activity.Current!.Baggage;
            services.GetRequiredService<Microsoft.Extensions.Logging.ILogger<TraceTests>>().Log(Microsoft.Extensions.Logging.LogLevel.Information, default, "inside", null, static (text, _) => text);
            return ValueTask.FromResult(new BatchOutcome());
        })));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Activity process = Assert.Single(spans);
        Assert.Equal(default, process.ParentSpanId);
        Assert.NotEqual("0af7651916cd43dd8448eb211c80319c", process.TraceId.ToString());
        Assert.Empty(baggage!);
        Assert.Equal((1, null), (process.GetTagItem("messaging.batch.message_count"), process.GetTagItem("messaging.message.id")));
        ActivityLink link = Assert.Single(process.Links);
        Assert.Equal(("b7ad6b7169203331", id), (link.Context.SpanId.ToString(), link.Tags!.Single(static t => t.Key == "messaging.message.id").Value));
        Assert.Equal("batch of 1 messages of orders", Assert.Single(bench.Log.Lines, static l => l.Text == "inside").Scopes);
    });

    [Fact]
    public void Every_link_names_its_message() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<string> ids = [await SendAsync(bench, url, "one", new() { ["traceparent"] = Parent }), await SendAsync(bench, url, "two", new() { ["traceparent"] = Parent })];
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin", "Zanshin.Requests").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(static z => z.Queue("orders", static q => q.HandleBatch(Body.Text, static (_, _, _) => ValueTask.FromResult(new BatchOutcome()), max: 2, gather: TimeSpan.FromSeconds(5))));
        await bench.Until(() => bench.Status is { Done: 2, Settling: 0 });
        foreach (string name in new[] { "receive orders", "process orders" })
            Assert.Equal(ids.Order(), spans.First(s => s.DisplayName == name).Links.Select(static l => (string)l.Tags!.Single().Value!).Order());
    });

    [Fact]
    public void A_failed_run_has_its_exception_as_an_event_and_its_message_as_description() => Bench.Run(async bench =>
    {
        Activity failed = (await RunAsync(bench, static (message, _) => message.Attempt == 1 ? throw new TimeoutException("the bank does not answer") : ValueTask.FromResult(Outcome.Done)))[0];
        Assert.Equal((ActivityStatusCode.Error, "the bank does not answer"), (failed.Status, failed.StatusDescription));
        ActivityEvent thrown = Assert.Single(failed.Events);
        var tags = thrown.Tags.ToDictionary(static t => t.Key, static t => (string)t.Value!);
        Assert.Equal(("exception", "System.TimeoutException", "the bank does not answer"), (thrown.Name, tags["exception.type"], tags["exception.message"]));
        Assert.Contains(nameof(A_failed_run_has_its_exception_as_an_event_and_its_message_as_description), tags["exception.stacktrace"], StringComparison.Ordinal);
    });

    [Fact]
    public void The_trace_of_an_unreadable_body_does_not_quote_it() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, """{ "card": "4111111111111111" """);
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(static z => z.Queue("orders", static q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.Handle(new QuotingReader(), static (_, _, _) => ValueTask.CompletedTask);
        }));
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });
        Activity rejected = Assert.Single(spans);
        Assert.Equal(ActivityStatusCode.Error, rejected.Status);
        Assert.Equal("Zanshin.UnreadableMessageException", Assert.Single(rejected.Events).Tags.Single(static t => t.Key == "exception.type").Value);
        Assert.DoesNotContain(rejected.Events.SelectMany(static e => e.Tags).Select(static t => t.Value!.ToString()).Append(rejected.StatusDescription), static text => text!.Contains("4111", StringComparison.Ordinal));
    });

    [Fact]
    public void An_exception_that_throws_when_it_is_read_is_traced_all_the_same() => Bench.Run(async bench =>
    {
        Activity failed = (await RunAsync(bench, static (message, _) => message.Attempt == 1 ? throw new UnspeakableException() : ValueTask.FromResult(Outcome.Done)))[0];
        Assert.Equal((ActivityStatusCode.Error, 1), (failed.Status, failed.Events.Count()));
    });

    [Theory]
    [InlineData(false, ActivityStatusCode.Unset, null, null)]
    [InlineData(true, ActivityStatusCode.Error, "retried", "to be retried in 5 s")]
    public void A_retry_that_the_handler_asks_for_is_an_error_only_where_that_is_wanted(bool areErrors, ActivityStatusCode status, string? error, string? description) => Bench.Run(async bench =>
    {
        Activity retried = (await RunAsync(
            bench, static (message, _) => ValueTask.FromResult(message.Attempt == 1 ? Outcome.Retry(TimeSpan.FromSeconds(5)) : Outcome.Done), z => z.RetriesAreErrors = areErrors))[0];
        Assert.Equal((status, error, "retried", description), (retried.Status, retried.GetTagItem("error.type"), retried.GetTagItem("zanshin.outcome"), retried.StatusDescription));
        Assert.Empty(retried.Events);
    });

    [Theory]
    [InlineData(RejectPolicy.Delete, "rejected")]
    [InlineData(RejectPolicy.Redrive, "retried")] // which its handler has not asked for
    public void A_reject_says_why_whatever_the_queue_makes_of_it(RejectPolicy policy, string outcome) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Reject = policy;
            q.Retry(Backoff.Delays(TimeSpan.FromHours(1)));
            q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Reject("no such order")));
        }));
        await bench.Until(() => bench.Status.Rejected + bench.Status.Retried == 1 && bench.Status.Settling == 0);
        Activity rejected = Assert.Single(spans);
        Assert.Equal((ActivityStatusCode.Error, "rejected", "no such order"), (rejected.Status, rejected.GetTagItem("error.type"), rejected.StatusDescription));
        Assert.Equal(outcome, rejected.GetTagItem("zanshin.outcome"));
    });

    [Fact]
    public void A_request_that_fails_says_with_what_and_one_of_a_single_message_is_no_batch() => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead");
        string arn = (await bench.Direct.GetQueueAttributesAsync(dead, ["QueueArn"])).Attributes["QueueArn"];
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":9}"""));
        await bench.SendAsync(url, "one");
        bench.Faults.Rule = static (action, n) => action == "SendMessage" && n == 0 ? Fate.LostBefore : Fate.Works;
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin.Requests").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(static z => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Reject("bad")))));
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });
        Activity[] sends = [.. spans.Where(static s => s.DisplayName == "send dead")];
        Assert.Equal(2, sends.Length);
        Assert.Equal((ActivityStatusCode.Error, "NoAnswer", "exception"), (sends[0].Status, sends[0].GetTagItem("error.type"), Assert.Single(sends[0].Events).Name));
        Assert.False(string.IsNullOrEmpty(sends[0].StatusDescription));
        Assert.All(sends, static s => Assert.Null(s.GetTagItem("messaging.batch.message_count")));
        Assert.Equal(36, ((string)sends[1].GetTagItem("messaging.message.id")!).Length);
    });

    private static async Task<List<Activity>> RunAsync(Bench bench, Func<Message<string>, CancellationToken, ValueTask<Outcome>> handle, Action<ZanshinBuilder>? more = null)
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        List<Activity> spans = [];
        using TracerProvider sdk = Sdk.CreateTracerProviderBuilder().AddSource("Zanshin").AddInMemoryExporter(spans).Build();
        await bench.StartAsync(z =>
        {
            z.Queue("orders", q => q.Handle(Body.Text, (message, _, cancel) => handle(message, cancel)));
            more?.Invoke(z);
        });
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        return spans;
    }

    private static async Task<string> SendAsync(Bench bench, string url, string body, Dictionary<string, string> attributes) => (await bench.Direct.SendMessageAsync(new SendMessageRequest
    {
        QueueUrl = url,
        MessageBody = body,
        MessageAttributes = attributes.ToDictionary(static a => a.Key, static a => new MessageAttributeValue { DataType = "String", StringValue = a.Value }),
    })).MessageId;

    private sealed class QuotingReader : BodyReader<string>
    {
        public override string Read(Message message) => throw new FormatException(message.Text);

        public override string Write(string body) => body;
    }

    private sealed class UnspeakableException : Exception
    {
        public override string Message => throw new InvalidOperationException();

        public override string ToString() => throw new InvalidOperationException();
    }
}
