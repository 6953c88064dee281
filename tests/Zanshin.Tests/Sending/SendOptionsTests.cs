using Amazon.SQS.Model;
using Zanshin.Tests.Rig;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Tests.Sending;

public class SendOptionsTests
{
    [Fact]
    public void Attributes_of_every_type_arrive_as_they_were_given() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Setup(static z => z.Route("orders", "greeting", Body.Text));
        await bench.Sender.SendAsync("hello", new()
        {
            Attributes = new Dictionary<string, string> { ["tenant"] = "a" },
            AttributeValues = new Dictionary<string, MessageAttributeValue>
            {
                ["weight"] = new() { DataType = "Number.kg", StringValue = "1.5" },
                ["key"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([1, 2, 3]) },
            },
        });
        SqsMessage got = await OneAsync(bench, url);
        Assert.Equal(["key", "tenant", "weight", "zanshin-type"], got.MessageAttributes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("String", "a"), (got.MessageAttributes["tenant"].DataType, got.MessageAttributes["tenant"].StringValue));
        Assert.Equal(("Number.kg", "1.5"), (got.MessageAttributes["weight"].DataType, got.MessageAttributes["weight"].StringValue));
        Assert.Equal([1, 2, 3], got.MessageAttributes["key"].BinaryValue.ToArray());
        Assert.Equal("greeting", got.MessageAttributes["zanshin-type"].StringValue);
    });

    [Fact]
    public void A_message_goes_to_the_queue_of_its_options_by_name_url_or_arn() => Bench.Run(async bench =>
    {
        string orders = await bench.QueueAsync("orders"), other = await bench.QueueAsync("other");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        string arn = (await bench.Direct.GetQueueAttributesAsync(other, ["QueueArn"])).QueueARN;
        foreach (string queue in new[] { "other", other, arn })
            await bench.Sender.SendAsync("x", new() { Queue = queue });
        Assert.Equal((0, 0, 0), await bench.DepthAsync(orders));
        Assert.Equal((3, 0, 0), await bench.DepthAsync(other));
        ZanshinConfigurationException none = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Sender.SendAsync("x", new() { Queue = "nowhere" }));
        Assert.Contains("'nowhere' does not exist", none.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Of_many_each_goes_to_its_own_queue() => Bench.Run(async bench =>
    {
        string orders = await bench.QueueAsync("orders"), other = await bench.QueueAsync("other");
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        IReadOnlyList<SendResult<string>> results = await bench.Sender.TrySendAllAsync(
            Enumerable.Range(0, 25).Select(static i => $"{i}"), static body => new() { Queue = int.Parse(body) % 5 == 0 ? "other" : null });
        Assert.All(results, static r => Assert.True(r.Sent));
        Assert.Equal((20, 0, 0), await bench.DepthAsync(orders));
        Assert.Equal((5, 0, 0), await bench.DepthAsync(other));
    });

    [Fact]
    public void A_time_that_is_to_come_is_waited_for_and_one_that_has_passed_sends_at_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("DelaySeconds", "300"));
        bench.Setup(static z => z.Route("orders", null, Body.Text));
        DateTimeOffset now = bench.Time.GetUtcNow();
        await bench.Sender.SendAsync("past", new() { At = now.AddHours(-1) });
        await bench.Sender.SendAsync("later", new() { At = now.AddSeconds(90.5) });
        Assert.Equal((1, 0, 1), await bench.DepthAsync(url));
        await bench.Pass(90.4);
        Assert.Equal((1, 0, 1), await bench.DepthAsync(url));
        await bench.Pass(1);
        Assert.Equal((2, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void What_sqs_would_refuse_of_a_message_is_refused_with_a_sentence() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.QueueAsync("a.fifo");
        bench.Setup(static z => z.Route("orders", null, Body.Text).Route("a.fifo", null, Body.Bytes));
        await Refused(new() { Delay = TimeSpan.FromSeconds(-1) }, "0 to 15 minutes");
        await Refused(new() { At = bench.Time.GetUtcNow().AddMinutes(16) }, "z.CarryLongDelays()");
        await Refused(new() { At = bench.Time.GetUtcNow(), Delay = TimeSpan.Zero }, "Both Delay and At");
        await Refused(new() { Group = "two words" }, "The Group 'two words'");
        await Refused(new() { Attributes = new Dictionary<string, string> { ["a"] = "" } }, "'a' is empty");
        await Refused(new() { Attributes = new Dictionary<string, string> { ["AWS.x"] = "1" } }, "'AWS.x' is not possible");
        await Refused(new() { Attributes = new Dictionary<string, string> { ["a"] = "\u0001" } }, "'a' has a character");
        await Refused(Typed("Number", "seven"), "its value is not one");
        await Refused(Typed("Text", "seven"), "must be String, Number or Binary");
        await Refused(Typed("String", "b") with { Attributes = new Dictionary<string, string> { ["a"] = "b" } }, "give it once");
        await Refused(null, "The body is empty", "");
        await Refused(null, "a character that SQS does not take", "a\u0000b");
        await Refused(null, "a character that SQS does not take", "a\uD83Db");
        ArgumentException fifo = await Assert.ThrowsAsync<ArgumentException>(() => bench.Sender.SendAsync(new byte[1], new() { Group = "g", DeduplicationId = new string('d', 129) }));
        Assert.Contains("1 to 128", fifo.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(0, bench.Faults.Count("SendMessageBatch"));

        await bench.Sender.SendAsync("tab\t and \U0001F600"); // which it takes

        async Task Refused(SendOptions? options, string why, string body = "x") =>
            Assert.Contains(why, (await Assert.ThrowsAsync<ArgumentException>(() => bench.Sender.SendAsync(body, options))).Message, StringComparison.Ordinal);
        static SendOptions Typed(string type, string value) =>
            new() { AttributeValues = new Dictionary<string, MessageAttributeValue> { ["a"] = new() { DataType = type, StringValue = value } } };
    });

    private static async Task<SqsMessage> OneAsync(Bench bench, string url) => (await bench.Direct.ReceiveMessageAsync(
        new ReceiveMessageRequest { QueueUrl = url, MessageAttributeNames = ["All"], MessageSystemAttributeNames = ["All"] })).Messages[0];
}
