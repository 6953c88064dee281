using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Handling;

/// <summary>A body that is somebody else's is rejected: it does not become a default value that is handled and deleted.</summary>
public class ForeignBodyTests
{
    private const string Sns = """{"Type":"Notification","MessageId":"22b80b92","TopicArn":"arn:aws:sns:us-west-2:123456789012:orders","Message":"{\"number\":7}","Timestamp":"2012-05-02T00:54:06.655Z"}""";
    private const string SnsConfirmation = """{"Type":"SubscriptionConfirmation","MessageId":"1","Token":"2","TopicArn":"arn:aws:sns:us-west-2:123456789012:orders","Message":"You have chosen","SubscribeURL":"https://x"}""";
    private const string EventBridge = """{"version":"0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","detail-type":"EC2 Instance","source":"aws.ec2","account":"111122223333","time":"2017-12-22T18:43:48Z","region":"us-west-1","resources":[],"detail":{"number":7}}""";
    private const string CloudEvent = """{"specversion":"1.0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","source":"/shop","type":"order.placed","data":{"number":7}}""";
    private const string S3Test = """{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2014-10-13T15:57:02.089Z","Bucket":"b","RequestId":"5582815E1AEA5ADF","HostId":"8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR"}""";
    private const string S3 = """{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}]}""";
    private const string MassTransit = """{"messageId":"6a7e8feb-b491-4cf7-a9f1-bf3703467718","messageType":["urn:message:Shop:OrderPlaced"],"message":{"number":7},"host":{}}""";

    public static TheoryData<string, string, string> Envelopes => new()
    {
        { Sns, "a notification of SNS", "Envelope.Sns" },
        { SnsConfirmation, "a notification of SNS", "Envelope.Sns" },
        { EventBridge, "an event of EventBridge", "Envelope.EventBridge" },
        { CloudEvent, "a CloudEvent", "Envelope.AwsMessaging" },
        { S3Test, "the test event of S3", "Body.S3Event" },
        { S3, "an event of S3", "Body.S3Event" },
        { MassTransit, "a message of MassTransit", "an envelope of your own" },
    };

    [Theory]
    [MemberData(nameof(Envelopes))]
    public void A_body_in_an_envelope_that_nobody_opens_is_rejected_and_said_once(string body, string what, string remedy) => Bench.Run(async bench =>
    {
        (int handled, string[] reasons) = await WorkAsync<Loose>(bench, body, body);
        Assert.Equal(0, handled);
        Assert.All(reasons, reason => Assert.StartsWith($"The body is {what}, and no Loose: ", reason, StringComparison.Ordinal));
        Assert.Equal(2, reasons.Length);
        (LogLevel level, _, string text, _) = Assert.Single(bench.Log.Lines, static l => l.Id == 76);
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith($"A body of orders is {what}, which nothing opens: ", text, StringComparison.Ordinal);
        Assert.Contains(remedy, text, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("""{"orderId":7,"customer":"Ada"}""", false)]
    [InlineData("""{"NUMBER":7,"customer":"Ada"}""", true)]
    [InlineData("{}", true)] // all members at their defaults, as whoever leaves those out would write it
    public void A_body_without_any_member_of_the_type_is_not_of_it(string body, bool isHandled) => Bench.Run(async bench =>
    {
        (int handled, string[] reasons) = await WorkAsync<Loose>(bench, body);
        Assert.Equal(isHandled ? [] : ["The body is no Loose: it has none of its members ('id', 'number', 'status')."], reasons);
        Assert.Equal(isHandled ? 1 : 0, handled);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 76);
    });

    [Fact]
    public void The_reason_names_what_a_body_lacks() => Bench.Run(async bench =>
    {
        (_, string[] reasons) = await WorkAsync<Order>(bench, """{"customer":"secret"}""", """{"number":7}""", """{"number":"x","to":"y"}""");
        Assert.Equal(
            ["The body cannot be read as Order (JsonException at line 1, byte 14).", "The body cannot be read as Order: it has no 'number', 'to'.", "The body cannot be read as Order: it has no 'to'."],
            reasons.Order(StringComparer.Ordinal));
    });

    [Fact]
    public void What_reads_the_envelope_itself_is_given_it_and_what_only_might_is_warned_of()
    {
        Bench.Run(static async bench =>
        {
            Assert.Equal(1, (await WorkAsync<Notification>(bench, Sns)).Handled);
            Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 76);
        });
        Bench.Run(static async bench =>
        {
            Assert.Equal(1, (await WorkAsync<Dictionary<string, JsonElement>>(bench, EventBridge)).Handled);
            Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 76);
        });
        Bench.Run(static async bench =>
        {
            Assert.Equal(1, (await WorkAsync<Identified>(bench, EventBridge)).Handled);
            Assert.Single(bench.Log.Lines, static l => l.Id == 76);
        });
    }

    [Fact]
    public void Opened_it_is_no_stranger_and_the_wrong_one_inside_is_told_too() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        int handled = 0;
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Envelope = Envelope.Sns;
            q.Reject = RejectPolicy.Delete;
            q.Handle(Body.Json<Loose>(), (_, _, _) =>
            {
                handled++;
                return ValueTask.CompletedTask;
            });
        }));
        await bench.SendAsync(url, Sns);
        await bench.SendAsync(url, $$"""{"Type":"Notification","TopicArn":"arn:aws:sns:us-west-2:123456789012:orders","Message":{{JsonSerializer.Serialize(EventBridge)}}}""");
        await bench.Until(() => bench.Status.Done + bench.Status.Rejected == 2);
        Assert.Equal(1, handled);
        Assert.Contains("an event of EventBridge", Assert.Single(bench.Log.Lines, static l => l.Id == 76).Text, StringComparison.Ordinal);
    });

    [Fact]
    public void Of_a_batch_the_foreign_ones_are_rejected_by_themselves() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        List<int> numbers = [];
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Reject = RejectPolicy.Delete;
            q.HandleBatch(Body.Json<Loose>(), (batch, _, _) =>
            {
                numbers.AddRange(batch.Select(static m => m.Body.Number));
                return ValueTask.FromResult<BatchOutcome>(Outcome.Done);
            });
        }));
        foreach (string body in new[] { """{"number":1}""", S3Test, """{"number":2}""", """{"what":"?"}""" })
            await bench.SendAsync(url, body);
        await bench.Until(() => bench.Status.Done + bench.Status.Rejected == 4);
        Assert.Equal([1, 2], numbers.Order());
        Assert.Equal(2, bench.Status.Rejected);
    });

    // The worker over a dead-letter queue: how many bodies were handled, and why the others were not.
    private static async Task<(int Handled, string[] Reasons)> WorkAsync<T>(Bench bench, params string[] bodies)
    {
        string dead = await bench.QueueAsync("dead");
        string url = await bench.QueueAsync("orders", ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":5}"""));
        int handled = 0;
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Json<T>(), (_, _, _) =>
        {
            handled++;
            return ValueTask.CompletedTask;
        })));
        foreach (string body in bodies)
            await bench.SendAsync(url, body);
        await bench.Until(() => bench.Status.Done + bench.Status.Rejected == bodies.Length);
        var copies = (await bench.Direct.ReceiveMessageAsync(new Amazon.SQS.Model.ReceiveMessageRequest { QueueUrl = dead, MaxNumberOfMessages = 10, MessageAttributeNames = ["All"] })).Messages ?? [];
        Assert.Equal(bodies.Length, handled + copies.Count);
        return (handled, [.. copies.Select(static c => JsonDocument.Parse(c.MessageAttributes["zanshin-reject"].StringValue).RootElement.GetProperty("reason").GetString()!)]);
    }

    private sealed record Order(int Number, string To);

    // As classes are written that nothing requires anything of; the id is in the envelopes too.
    private sealed class Loose
    {
        public string? Id { get; set; }

        public int Number { get; set; }

        public string? Status { get; init; }

        public string Type => "order";

        [JsonIgnore]
        public string? Message { get; set; }
    }

    private sealed record Notification(string Type, string TopicArn, string Message, string? Subject = null);

    private sealed class Identified
    {
        public string? Id { get; set; }
    }
}
