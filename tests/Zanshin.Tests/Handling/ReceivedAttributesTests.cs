using Amazon.SQS.Model;
using Zanshin.LocalQueue;
using Zanshin.Tests.Rig;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Tests.Handling;

public class ReceivedAttributesTests
{
    private const string Notification = """
        {"Type":"Notification","TopicArn":"arn:aws:sns:us-east-1:000000000000:t","Message":"x","MessageAttributes":{"bytes":{"Type":"Binary","Value":"AQIDBA=="},"text":{"Type":"String","Value":"a"}}}
        """;

    private static readonly Dictionary<string, Action<Message>> s_doings = new()
    {
        ["reads"] = static m => m.Attributes["bytes"].BinaryValue.CopyTo(Stream.Null),
        ["closes"] = static m => m.Attributes["bytes"].BinaryValue.Dispose(),
        ["replaces"] = static m => (m.Attributes["bytes"].BinaryValue, m.Attributes["text"].StringValue) = (new MemoryStream(), "b"),
        ["removes"] = static m => m.Attributes["bytes"].BinaryValue = null,
        ["changes all"] = static m =>
        {
            foreach (MessageAttributeValue value in m.Attributes.Values)
                (value.DataType, value.StringValue) = ("Number", "7");
        },
        ["clears"] = static m =>
        {
            (m.Attributes as IDictionary<string, MessageAttributeValue>)?.Clear();
            if (m.SystemAttributes is IDictionary<string, string> { IsReadOnly: false } system)
                system.Clear();
        },
    };

    public static TheoryData<string> Doings => [.. s_doings.Keys];

    [Theory]
    [MemberData(nameof(Doings))]
    public void What_one_run_does_to_an_attribute_is_not_seen_by_the_next_run_here(string doing) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders.fifo");
        await SendAsync(bench, url, "x");
        List<(int Length, string? Text)> seen = [];
        await bench.StartAsync(z => z.Queue("orders.fifo", q => q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1))).Handle(Body.Text, (message, _, _) =>
        {
            seen.Add(Look(message));
            s_doings[doing](message);
            return message.Attempt < 3 ? throw new InvalidOperationException("transient") : ValueTask.FromResult(Outcome.Done);
        })));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });

        Assert.Equal([(4, "a"), (4, "a"), (4, "a")], seen);
        Assert.Equal(1, bench.Status.Received);
    });

    [Theory]
    [MemberData(nameof(Doings))]
    public void What_a_filter_does_to_an_attribute_is_not_seen_by_the_handler(string doing) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await SendAsync(bench, url, "x");
        await SendAsync(bench, url, Notification, sns: true);
        List<(int Length, string? Text)> seen = [];
        await bench.StartAsync(z =>
        {
            z.Use((message, next, cancel) =>
            {
                s_doings[doing](message);
                return next(message.WithText("y"), cancel);
            });
            z.Queue("orders", q =>
            {
                q.Envelope = Envelope.Sns;
                q.Handle(Body.Text, (message, _, _) =>
                {
                    seen.Add(Look(message));
                    return ValueTask.FromResult(Outcome.Done);
                });
            });
        });
        await bench.Until(() => bench.Status is { Done: 2, Settling: 0 });

        Assert.Equal([(4, "a"), (4, "a")], seen);
    });

    [Theory]
    [MemberData(nameof(Doings))]
    public void A_dead_letter_is_whole_whatever_the_runs_of_a_batch_did_to_it(string doing) => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead.fifo");
        string url = await bench.QueueAsync("orders.fifo", ("RedrivePolicy", """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead.fifo","maxReceiveCount":9}"""));
        await SendAsync(bench, url, "x");
        List<(int Length, string? Text)> seen = [];
        await bench.StartAsync(z => z.Queue("orders.fifo", q => q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1))).HandleBatch(Body.Text, (batch, _, _) =>
        {
            seen.Add(Look(batch[0]));
            s_doings[doing](batch[0]);
            return ValueTask.FromResult<BatchOutcome>(batch[0].Attempt < 3 ? Outcome.Retry() : Outcome.Reject("bad"));
        }, max: 5)));
        await bench.Until(() => bench.Status is { Rejected: 1, Settling: 0 });

        Assert.Equal([(4, "a"), (4, "a"), (4, "a")], seen);
        SqsMessage copy = Assert.Single((await bench.Direct.ReceiveMessageAsync(
            new ReceiveMessageRequest { QueueUrl = dead, MessageAttributeNames = ["All"], MessageSystemAttributeNames = ["All"] })).Messages);
        Assert.Equal([1, 2, 3, 4], copy.MessageAttributes["bytes"].BinaryValue.ToArray());
        Assert.Equal("a", copy.MessageAttributes["text"].StringValue);
        Assert.Equal("g", copy.Attributes["MessageGroupId"]);
        // As SQS's own move keeps it: the trace goes on.
        Assert.Equal("Root=1-5759e988-bd862e3fe1be46a994272793", copy.Attributes["AWSTraceHeader"]);
    });

    [Fact]
    public void A_look_at_a_stream_is_at_its_begin_and_cannot_change_what_came()
    {
        var attributes = new ReceivedAttributes(new Dictionary<string, MessageAttributeValue> { ["bytes"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([1, 2]) } });
        MemoryStream first = attributes["bytes"].BinaryValue;
        Assert.Equal(1, first.ReadByte());
        Assert.False(first.CanWrite);
        Assert.Equal(1, attributes["bytes"].BinaryValue.ReadByte());
        Assert.False(attributes.TryGetValue("other", out _));
        Assert.Equal(["bytes"], attributes.Select(static a => a.Key));
    }

    private static (int Length, string? Text) Look(Message message)
    {
        using var copy = new MemoryStream();
        message.Attributes["bytes"].BinaryValue.CopyTo(copy);
        return ((int)copy.Length, message.Attributes["text"].StringValue);
    }

    private static async Task SendAsync(Bench bench, string url, string body, bool sns = false) => await bench.Direct.SendMessageAsync(new SendMessageRequest(url, body)
    {
        MessageGroupId = url.EndsWith(".fifo", StringComparison.Ordinal) ? "g" : null,
        MessageDeduplicationId = url.EndsWith(".fifo", StringComparison.Ordinal) ? "d" : null,
        MessageAttributes = sns ? [] : new()
        {
            ["bytes"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([1, 2, 3, 4]) },
            ["text"] = new() { DataType = "String", StringValue = "a" },
        },
        MessageSystemAttributes = new() { ["AWSTraceHeader"] = new() { DataType = "String", StringValue = "Root=1-5759e988-bd862e3fe1be46a994272793" } },
    });
}
