using System.Text.Json;
using System.Text.Json.Serialization;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Handling;

public partial class RoutingTests
{
    public sealed record State([property: JsonPropertyName("instance-id")] string Instance, [property: JsonPropertyName("state")] string Now);

    [JsonSerializable(typeof(State))]
    public sealed partial class EventJson : JsonSerializerContext;

    /// <summary>Jobs of Rails' ActiveJob: an envelope of one's own.</summary>
    private sealed class ActiveJob : Envelope
    {
        public override EnvelopeContent Unwrap(EnvelopeContent content)
        {
            using var job = JsonDocument.Parse(content.Text);
            return content with
            {
                Type = job.RootElement.GetProperty("job_class").GetString(),
                Text = job.RootElement.GetProperty("arguments").GetRawText(),
            };
        }
    }

    private const string Event = """
        {"version":"0","id":"1","detail-type":"TYPE","source":"aws.ec2","account":"111122223333","time":"2017-12-22T18:43:48Z","region":"us-west-1","resources":[],"detail":{"instance-id":"i-1","state":"DETAIL"}}
        """;

    [Fact]
    public void An_event_goes_to_the_handler_of_its_detail_type_which_reads_the_detail() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("events");
        await bench.SendAsync(url, Event.Replace("TYPE", "EC2 Instance State-change Notification", StringComparison.Ordinal).Replace("DETAIL", "terminated", StringComparison.Ordinal));
        await bench.SendAsync(url, Event.Replace("TYPE", "Something else", StringComparison.Ordinal));
        List<string> seen = [];
        await bench.StartAsync(z => z.Queue("events", q =>
        {
            q.Envelope = Envelope.EventBridge;
            q.Handle<State>("EC2 Instance State-change Notification", EventJson.Default.State, (message, _, _) =>
            {
                seen.Add($"{message.Body.Instance} {message.Body.Now} {message.EnvelopeFields["account"]} {message.RawText.StartsWith("{\"version\"", StringComparison.Ordinal)}");
                return ValueTask.CompletedTask;
            });
            q.Handle(Body.Text, (message, _, _) =>
            {
                seen.Add($"other: {message.Type} {message.Body}");
                return ValueTask.CompletedTask;
            });
        }));
        await bench.Until(() => bench.Status.Done == 2);
        Assert.Contains("i-1 terminated 111122223333 True", seen);
        Assert.Contains("""other: Something else {"instance-id":"i-1","state":"DETAIL"}""", seen);
    });

    [Fact]
    public void A_type_name_inside_an_sns_notification_counts() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("topic");
        await bench.SendAsync(url, """{"Type":"Notification","TopicArn":"t","Message":"hello","MessageAttributes":{"zanshin-type":{"Type":"String","Value":"greeting"},"tenant":{"Type":"String","Value":"a"}}}""");
        await bench.SendAsync(url, "raw hello", type: "greeting");
        List<string> seen = [];
        await bench.StartAsync(z => z.Queue("topic", q =>
        {
            q.Envelope = Envelope.Sns;
            q.Handle("greeting", Body.Text, (message, _, _) =>
            {
                seen.Add($"{message.Body}, {(message.Attributes.TryGetValue("tenant", out var tenant) ? tenant.StringValue : "none")}");
                return ValueTask.CompletedTask;
            });
        }));
        await bench.Until(() => bench.Status.Done == 2);
        Assert.Equal(["hello, a", "raw hello, none"], seen.Order());
    });

    [Fact]
    public void An_envelope_that_cannot_be_opened_rejects_its_message_and_middleware_sees_it() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("events");
        await bench.SendAsync(url, "secret, and no event");
        List<string> seen = [];
        await bench.StartAsync(z => z.Queue("events", q =>
        {
            q.Envelope = Envelope.EventBridge;
            q.Reject = RejectPolicy.Delete;
            q.Use(async (message, next, cancel) =>
            {
                try
                {
                    return await next(message, cancel);
                }
                catch (UnreadableMessageException exception)
                {
                    seen.Add(exception.Message);
                    throw;
                }
            });
            q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask);
        }));
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });
        Assert.Equal("The body is not an event of EventBridge: it is not valid JSON (line 1, byte 1).", Assert.Single(seen));
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Text.Contains("secret", StringComparison.Ordinal));
    });

    // What an envelope gave was read outside of all guards: a slot was lost for each such message.
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public void An_envelope_that_gives_what_cannot_be_read_rejects_its_message(int? handlersRuns) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a");
        await bench.StartAsync(z => z.Queue("a", q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.Envelope = new Careless();
            q.Handle("t", Body.Text, static (_, _, _) => ValueTask.CompletedTask, h => h.Concurrency = handlersRuns);
        }));
        await bench.SendManyAsync(url, 30);
        await bench.Until(() => bench.Status.Rejected == 30, 10);
        Assert.Equal((0, 0), (bench.Status.SlotsUsed, bench.Status.LeasesHeld));
    });

    /// <summary>Its attributes throw when they are looked at.</summary>
    private sealed class Careless : Envelope
    {
        public override EnvelopeContent Unwrap(EnvelopeContent content) => content with { Attributes = new Dictionary<string, Amazon.SQS.Model.MessageAttributeValue> { ["zanshin-type"] = null! } };
    }

    [Fact]
    public void An_envelope_of_ones_own_may_throw_what_it_likes() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("jobs");
        await bench.SendAsync(url, """{"job_class":"ShipOrderJob","arguments":[7]}""");
        await bench.SendAsync(url, """{"secret":1}""");
        string? read = null;
        await bench.StartAsync(z => z.Queue("jobs", q =>
        {
            q.Envelope = new ActiveJob();
            q.Reject = RejectPolicy.Delete;
            q.Handle("ShipOrderJob", Body.Text, (message, _, _) =>
            {
                read = message.Body;
                return ValueTask.CompletedTask;
            });
        }));
        await bench.Until(() => bench.Status is { Done: 1, Rejected: 1, Settling: 0 });
        Assert.Equal("[7]", read);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 21 && l.Text.Contains("cannot be opened by ActiveJob (KeyNotFoundException)", StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Text.Contains("secret", StringComparison.Ordinal));
    });

    [Fact]
    public void In_a_batch_a_bad_envelope_is_rejected_by_itself() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("events");
        await bench.SendAsync(url, Event);
        await bench.SendAsync(url, "no event");
        await bench.SendAsync(url, Event);
        List<string> seen = [];
        await bench.StartAsync(z => z.Queue("events", q =>
        {
            q.Envelope = Envelope.EventBridge;
            q.Reject = RejectPolicy.Delete;
            q.HandleBatch<State>(EventJson.Default.State, (batch, _, _) =>
            {
                seen.Add(string.Join(" ", batch.Select(static m => m.Body.Instance)));
                return ValueTask.FromResult<BatchOutcome>(Outcome.Done);
            });
        }));
        await bench.Until(() => bench.Status is { Done: 2, Rejected: 1, Settling: 0 });
        Assert.Equal(["i-1 i-1"], seen);
    });

    [Fact]
    public void Shoryukens_class_name_chooses_among_registered_names_only() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<string> seen = [];
        await bench.StartAsync(z =>
        {
            z.UnderstandShoryuken().UnderstandShoryuken();
            z.Queue("orders", q =>
            {
                q.Reject = RejectPolicy.Delete;
                q.Handle("order.placed", Body.Text, (message, _, _) =>
                {
                    seen.Add($"{message.Type}: {message.Body}");
                    return ValueTask.CompletedTask;
                }, static h =>
                {
                    h.Aliases.Add("PlaceOrderWorker");
                    h.Aliases.Add("Legacy::PlaceOrderWorker");
                });
                // A type of .NET's is no handler, whatever a message says.
                q.Handle("System.String", Body.Text, (message, _, _) =>
                {
                    seen.Add($"named so on purpose: {message.Body}");
                    return ValueTask.CompletedTask;
                });
            });
        });
        await SendAsync(bench, url, "ruby", ("shoryuken_class", "PlaceOrderWorker"));
        await SendAsync(bench, url, "older ruby", ("shoryuken_class", "Legacy::PlaceOrderWorker"));
        await SendAsync(bench, url, "both", ("shoryuken_class", "Unknown"), ("zanshin-type", "order.placed"));
        await SendAsync(bench, url, "unknown", ("shoryuken_class", "Kernel"));
        await SendAsync(bench, url, "unknown", ("shoryuken_class", typeof(RoutingTests).AssemblyQualifiedName!));
        await bench.Until(() => bench.Status is { Done: 3, Rejected: 2, Settling: 0 });
        Assert.Equal(["Legacy::PlaceOrderWorker: older ruby", "PlaceOrderWorker: ruby", "order.placed: both"], seen.Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Further_type_attributes_are_asked_in_their_order() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<string> seen = [];
        await bench.StartAsync(z =>
        {
            z.TypeAttribute = "kind";
            z.TypeAttributes.Add("first");
            z.TypeAttributes.Add("second");
            z.Queue("orders", q => q.Handle(Body.Text, (message, _, _) =>
            {
                seen.Add($"{message.Body} {message.Type}");
                return ValueTask.CompletedTask;
            }));
        });
        await SendAsync(bench, url, "1", ("second", "b"), ("first", "a"), ("kind", "k"));
        await SendAsync(bench, url, "2", ("second", "b"), ("first", "a"));
        await SendAsync(bench, url, "3", ("second", "b"));
        await SendAsync(bench, url, "4", ("third", "c"));
        await bench.Until(() => bench.Status.Done == 4);
        Assert.Equal(["1 k", "2 a", "3 b", "4 "], seen.Order());
    });

    private static Task<Amazon.SQS.Model.SendMessageResponse> SendAsync(Bench bench, string url, string body, params (string Name, string Value)[] attributes) => bench.Direct.SendMessageAsync(new()
    {
        QueueUrl = url,
        MessageBody = body,
        MessageAttributes = attributes.ToDictionary(static a => a.Name, static a => new Amazon.SQS.Model.MessageAttributeValue { DataType = "String", StringValue = a.Value }),
    });
}
