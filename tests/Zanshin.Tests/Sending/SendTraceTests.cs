using System.Diagnostics;
using Amazon.SQS.Model;
using Zanshin.Tests.Rig;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Tests.Sending;

/// <summary>Activities are seen by the whole process: each test has queues of its own name.</summary>
public class SendTraceTests
{
    [Fact]
    public void A_send_is_the_producer_that_the_run_of_its_message_continues() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("trace-one");
        using var seen = new Listened("trace-one");
        await bench.StartAsync(static z => z.Route("trace-one", null, Body.Text).Queue("trace-one", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        using (Activity request = Source.StartActivity("request")!)
        {
            request.TraceStateString = "vendor=7";
            request.AddBaggage("customer", "a b");
            string? id = await bench.Sender.SendAsync("x");
            Assert.Same(request, Activity.Current);
            Activity send = Assert.Single(seen.Ended);
            Assert.Equal(("send trace-one", ActivityKind.Producer, request.SpanId), (send.OperationName, send.Kind, send.ParentSpanId));
            Assert.Equal(["aws_sqs", "send", "trace-one", id], new[] { "messaging.system", "messaging.operation.type", "messaging.destination.name", "messaging.message.id" }.Select(send.GetTagItem));
        }
        await bench.Until(() => bench.Status.Done == 1);
        Activity process = seen.Ended[1];
        Assert.Equal((seen.Ended[0].TraceId, seen.Ended[0].SpanId, "vendor=7"), (process.TraceId, process.ParentSpanId, process.TraceStateString));
        Assert.Equal("a b", process.GetBaggageItem("customer"));
    });

    [Fact]
    public void The_messages_of_a_bulk_continue_its_one_send() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("trace-bulk");
        using var seen = new Listened("trace-bulk");
        bench.Setup(static z => z.Route("trace-bulk", null, Body.Text));
        bench.Faults.Rule = static (action, n) => action == "SendMessageBatch" && n >= 1 ? Fate.ServerError : Fate.Works;
        await bench.Sender.TrySendAllAsync(Enumerable.Range(0, 12).Select(static i => $"{i}"));
        Activity send = Assert.Single(seen.Ended);
        Assert.Equal((12, ActivityStatusCode.Error, "Server"), (send.GetTagItem("messaging.batch.message_count"), send.Status, send.GetTagItem("error.type")));
        List<SqsMessage> got = (await bench.Direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, MaxNumberOfMessages = 10, MessageAttributeNames = ["All"] })).Messages;
        Assert.Equal(10, got.Count);
        Assert.All(got, m => Assert.Equal(send.Id, m.MessageAttributes["traceparent"].StringValue));
    });

    [Fact]
    public void A_send_that_cannot_be_made_is_an_error_too() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("trace-bad");
        using var seen = new Listened("trace-bad");
        bench.Setup(static z => z.Route("trace-bad", null, Body.Text));
        await Assert.ThrowsAsync<ArgumentException>(() => bench.Sender.SendAsync("x", new() { Delay = TimeSpan.FromHours(1) }));
        Activity send = Assert.Single(seen.Ended);
        Assert.Equal((ActivityStatusCode.Error, "System.ArgumentException"), (send.Status, send.GetTagItem("error.type")));
    });

    [Fact]
    public void Where_nobody_listens_the_callers_own_context_goes_along() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("trace-none");
        bench.Setup(static z => z.Route("trace-none", null, Body.Text));
        using Activity request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        await bench.Sender.SendAsync("x");
        await bench.Sender.SendAsync("own", new() { Attributes = new Dictionary<string, string> { ["traceparent"] = "mine" } });
        Assert.Equal([request.Id, "mine"], (await Attributes(bench, url)).Select(static a => a["traceparent"].StringValue));
    });

    [Fact]
    public void Trace_context_takes_the_room_that_is_left_and_no_more() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("trace-room");
        bench.Setup(static z => z.Route("trace-room", "t", Body.Text).Carry("tenant", static () => "a"));
        using Activity request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        request.TraceStateString = "vendor=7";
        request.AddBaggage("customer", "a");
        foreach (int own in new[] { 5, 6, 7, 8 })
            await bench.Sender.SendAsync($"{own}", new() { Attributes = Enumerable.Range(0, own).ToDictionary(static i => $"a{i}", static _ => "v") });
        string[][] added = [.. (await Attributes(bench, url)).Select(static a => a.Keys.Where(static k => k[0] != 'a').Order(StringComparer.Ordinal).ToArray())];
        Assert.Equal(
            [["baggage", "traceparent", "tracestate", "zanshin-ambient", "zanshin-type"], ["traceparent", "tracestate", "zanshin-ambient", "zanshin-type"], ["traceparent", "zanshin-ambient", "zanshin-type"], ["zanshin-ambient", "zanshin-type"]],
            added);
        ArgumentException full = await Assert.ThrowsAsync<ArgumentException>(
            () => bench.Sender.SendAsync("9", new() { Attributes = Enumerable.Range(0, 9).ToDictionary(static i => $"a{i}", static _ => "v") }));
        Assert.Contains("has 11 attributes", full.Message, StringComparison.Ordinal);
        // A body that fills the mebibyte alone leaves no room either.
        await bench.Sender.SendAsync(new string('x', SqsLimits.PayloadBytes - "zanshin-typeStringt".Length - "zanshin-ambientString{\"tenant\":\"a\"}".Length));
    });

    [Fact]
    public void A_listener_that_throws_does_not_hinder_a_send() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("trace-throws");
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Zanshin",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = static activity => { if (activity.OperationName == "send trace-throws") throw new InvalidOperationException("no"); },
        };
        ActivitySource.AddActivityListener(listener);
        bench.Setup(static z => z.Route("trace-throws", null, Body.Text));
        Assert.NotNull(await bench.Sender.SendAsync("x"));
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
        Assert.Contains(bench.Log.Lines, static l => l.Text.Contains("A listener to the messages of trace-throws failed", StringComparison.Ordinal));
    });

    private static readonly ActivitySource Source = new("send-trace-tests");

    private static async Task<List<Dictionary<string, MessageAttributeValue>>> Attributes(Bench bench, string url) =>
        [.. (await bench.Direct.ReceiveMessageAsync(new ReceiveMessageRequest { QueueUrl = url, MaxNumberOfMessages = 10, MessageAttributeNames = ["All"] }))
            .Messages.OrderBy(static m => m.Body.Length).ThenBy(static m => m.Body == "own").ThenBy(static m => m.Body, StringComparer.Ordinal).Select(static m => m.MessageAttributes)];

    private sealed class Listened : IDisposable
    {
        private readonly ActivityListener _listener;

        public Listened(string queue)
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = static source => source.Name is "Zanshin" or "send-trace-tests",
                Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = activity =>
                {
                    if (activity.OperationName.EndsWith(' ' + queue, StringComparison.Ordinal))
                        Ended.Add(activity);
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public List<Activity> Ended { get; } = [];

        public void Dispose() => _listener.Dispose();
    }
}
