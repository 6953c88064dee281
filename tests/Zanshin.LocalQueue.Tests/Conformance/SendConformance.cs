using System.Text;
using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.Conformance;

using Message = Amazon.SQS.Model.Message;

public abstract class SendConformance : ConformanceTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("\u00e9\u4e2d\U0001F600 \"quoted\" \\ / <&> \t\r\n")]
    [InlineData("{\"json\":[1,2]}")]
    public async Task A_body_arrives_as_it_was_sent(string body)
    {
        // The SDK checks the MD5 of both answers.
        var queue = await QueueAsync();
        var sent = await SendAsync(queue, body);
        var message = await ReceiveOneAsync(queue);
        Assert.Equal(body, message.Body);
        Assert.Equal(sent.MessageId, message.MessageId);
        Assert.Equal(sent.MD5OfMessageBody, message.MD5OfBody);
    }

    [Fact]
    public async Task Attributes_arrive_as_they_were_sent()
    {
        var queue = await QueueAsync();
        var sent = await Sqs.SendMessageAsync(new SendMessageRequest(queue, "b")
        {
            MessageAttributes = new()
            {
                ["name"] = new() { DataType = "String", StringValue = "\u00e9 x" },
                ["count"] = new() { DataType = "Number.int", StringValue = "17" },
                ["blob"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([0, 255, 7]) },
            },
        });
        var message = await ReceiveOneAsync(queue);
        Assert.Equal(sent.MD5OfMessageAttributes, message.MD5OfMessageAttributes);
        Assert.Equal("\u00e9 x", message.MessageAttributes["name"].StringValue);
        Assert.Equal("Number.int", message.MessageAttributes["count"].DataType);
        Assert.Equal(new byte[] { 0, 255, 7 }, message.MessageAttributes["blob"].BinaryValue.ToArray());
    }

    [Fact]
    public async Task The_attribute_digest_is_the_documented_one()
    {
        var queue = await QueueAsync();
        var sent = await Sqs.SendMessageAsync(new SendMessageRequest(queue, "b")
        {
            MessageAttributes = new() { ["test_attribute_name_1"] = new() { DataType = "String", StringValue = "test_attribute_value_1" } },
        });
        // Computed from the developer guide's description: lengths as four bytes, transport type 1.
        byte[] expected =
        [
            0, 0, 0, 21, .. "test_attribute_name_1"u8, 0, 0, 0, 6, .. "String"u8, 1, 0, 0, 0, 22, .. "test_attribute_value_1"u8,
        ];
#pragma warning disable CA5351 // the protocol's digest
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(expected)), sent.MD5OfMessageAttributes);
#pragma warning restore CA5351
    }

    [Fact]
    public async Task Only_attributes_that_are_asked_for_are_answered()
    {
        var queue = await QueueAsync();
        await Sqs.SendMessageAsync(new SendMessageRequest(queue, "b")
        {
            MessageAttributes = new()
            {
                ["app.id"] = new() { DataType = "String", StringValue = "1" },
                ["app.kind"] = new() { DataType = "String", StringValue = "2" },
                ["other"] = new() { DataType = "String", StringValue = "3" },
            },
        });
        async Task<Message> AskAsync(params string[] names) => Assert.Single((await Sqs.ReceiveMessageAsync(
            new ReceiveMessageRequest(queue) { VisibilityTimeout = 0, MessageAttributeNames = [.. names] })).Messages);

        var none = await AskAsync();
        Assert.Null(none.MessageAttributes);
        Assert.Null(none.Attributes);
        Assert.Null(none.MD5OfMessageAttributes);
        Assert.Equal(["app.id", "app.kind"], (await AskAsync("app.*")).MessageAttributes.Keys.Order());
        Assert.Equal(["other"], (await AskAsync("other")).MessageAttributes.Keys);
        Assert.Equal(3, (await AskAsync(".*")).MessageAttributes.Count);
    }

    [Fact]
    public async Task System_attributes_tell_when_and_how_often()
    {
        var queue = await QueueAsync();
        await Sqs.SendMessageAsync(new SendMessageRequest(queue, "b")
        {
            MessageGroupId = "tenant-7",
            MessageSystemAttributes = new() { ["AWSTraceHeader"] = new() { DataType = "String", StringValue = "Root=1-5759e988-bd862e3fe1be46a994272793" } },
        });
        await AdvanceAsync(2);
        var first = (await ReceiveOneAsync(queue, visibility: 0)).Attributes;
        await AdvanceAsync(3);
        var second = (await ReceiveOneAsync(queue, visibility: 0)).Attributes;
        Assert.Equal("1", first["ApproximateReceiveCount"]);
        Assert.Equal("2", second["ApproximateReceiveCount"]);
        Assert.Equal(2000, long.Parse(first["ApproximateFirstReceiveTimestamp"]) - long.Parse(first["SentTimestamp"]));
        Assert.Equal(first["ApproximateFirstReceiveTimestamp"], second["ApproximateFirstReceiveTimestamp"]);
        Assert.Equal("tenant-7", first["MessageGroupId"]);
        Assert.Equal("Root=1-5759e988-bd862e3fe1be46a994272793", first["AWSTraceHeader"]);
        Assert.False(first.ContainsKey("SequenceNumber"));
    }

    [Fact]
    public async Task A_message_may_have_one_MiB_with_its_attributes_and_no_byte_more()
    {
        var queue = await QueueAsync();
        var attribute = new Dictionary<string, MessageAttributeValue> { ["a"] = new() { DataType = "String", StringValue = "bc" } };
        var size = 1_048_576 - 1 - 6 - 2;
        await Sqs.SendMessageAsync(new SendMessageRequest(queue, new string('x', size)) { MessageAttributes = attribute });
        await FailsAsync(Sqs.SendMessageAsync(new SendMessageRequest(queue, new string('x', size + 1)) { MessageAttributes = attribute }), "InvalidParameterValue");
        Assert.Equal(size, (await ReceiveOneAsync(queue)).Body.Length);
    }

    [Fact]
    public async Task A_batch_may_have_one_MiB_in_all()
    {
        var queue = await QueueAsync();
        List<SendMessageBatchRequestEntry> Two(int size) => [new("a", new string('x', size)), new("b", new string('y', 524_288))];
        await Sqs.SendMessageBatchAsync(queue, Two(524_288));
        Assert.IsType<BatchRequestTooLongException>(await FailsAsync(Sqs.SendMessageBatchAsync(queue, Two(524_289)), "AWS.SimpleQueueService.BatchRequestTooLong"));
        Assert.Equal((2, 0, 0), await CountsAsync(queue));
    }

    [Fact]
    public async Task The_queues_own_size_limit_holds()
    {
        var queue = await QueueAsync("small", ("MaximumMessageSize", "1024"));
        await SendAsync(queue, new string('x', 1024));
        await FailsAsync(SendAsync(queue, new string('x', 1025)), "InvalidParameterValue");
    }

    [Fact]
    public async Task An_empty_body_is_missing()
    {
        var queue = await QueueAsync();
        var error = await FailsAsync(SendAsync(queue, ""), "MissingParameter");
        Assert.Equal("The request must contain the parameter MessageBody.", error.Message);
    }

    [Theory]
    [InlineData("\u0001")]
    [InlineData("\u001f")]
    [InlineData("\uffff")]
    [InlineData("\ufffe")]
    public async Task A_forbidden_character_is_refused(string body)
    {
        var queue = await QueueAsync();
        Assert.IsType<InvalidMessageContentsException>(await FailsAsync(SendAsync(queue, "a" + body), "InvalidMessageContents"));
        Assert.Empty(await ReceiveAsync(queue));
    }

    [Fact]
    public async Task One_bad_entry_of_a_batch_fails_alone()
    {
        var queue = await QueueAsync();
        var response = await Sqs.SendMessageBatchAsync(queue, [new("1", "one"), new("2", "t\u0002o"), new("3", "three") { DelaySeconds = 901 }, new("4", "four")]);
        Assert.Equal(["1", "4"], response.Successful.Select(s => s.Id));
        Assert.Equal([("2", "InvalidMessageContents", true), ("3", "InvalidParameterValue", true)], response.Failed.Select(f => (f.Id, f.Code, f.SenderFault!.Value)));
        Assert.Equal(["one", "four"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task A_bad_batch_is_refused_whole()
    {
        var queue = await QueueAsync();
        await FailsAsync(Sqs.SendMessageBatchAsync(queue, [new("1", "a"), new("1", "b")]), "AWS.SimpleQueueService.BatchEntryIdsNotDistinct");
        await FailsAsync(Sqs.SendMessageBatchAsync(queue, [new("a b", "a")]), "AWS.SimpleQueueService.InvalidBatchEntryId");
        await FailsAsync(Sqs.SendMessageBatchAsync(queue, [new("1", "a"), new("", "b")]), "AWS.SimpleQueueService.InvalidBatchEntryId");
        await FailsAsync(Sqs.SendMessageBatchAsync(queue, [new(new string('i', 81), "a")]), "AWS.SimpleQueueService.InvalidBatchEntryId");
        await FailsAsync(Sqs.SendMessageBatchAsync(queue, [.. Enumerable.Range(0, 11).Select(i => new SendMessageBatchRequestEntry($"{i}", "a"))]), "AWS.SimpleQueueService.TooManyEntriesInBatchRequest");
        await FailsAsync(Sqs.SendMessageBatchAsync(queue, []), "AWS.SimpleQueueService.EmptyBatchRequest");
        Assert.Equal((0, 0, 0), await CountsAsync(queue));
    }

    [Theory]
    [InlineData("AWS.x", "String", "v")]
    [InlineData(".x", "String", "v")]
    [InlineData("a..b", "String", "v")]
    [InlineData("a b", "String", "v")]
    [InlineData("x", "Text", "v")]
    [InlineData("x", "Number", "seven")]
    [InlineData("x", "String", "")]
    public async Task A_bad_attribute_is_refused(string name, string type, string value)
    {
        var queue = await QueueAsync();
        await FailsAsync(Sqs.SendMessageAsync(new SendMessageRequest(queue, "b")
        {
            MessageAttributes = new() { [name] = new() { DataType = type, StringValue = value } },
        }), "InvalidParameterValue");
    }

    [Fact]
    public async Task A_message_has_at_most_ten_attributes()
    {
        var queue = await QueueAsync();
        SendMessageRequest With(int count) => new(queue, "b")
        {
            MessageAttributes = Enumerable.Range(0, count).ToDictionary(i => $"a{i}", _ => new MessageAttributeValue { DataType = "String", StringValue = "v" }),
        };
        await Sqs.SendMessageAsync(With(10));
        await FailsAsync(Sqs.SendMessageAsync(With(11)), "InvalidParameterValue");
    }

    [Fact]
    public async Task A_delay_hides_a_message_and_a_delay_of_zero_is_a_value()
    {
        var queue = await QueueAsync("slow", ("DelaySeconds", "60"));
        await Sqs.SendMessageAsync(new SendMessageRequest(queue, "now") { DelaySeconds = 0 });
        await Sqs.SendMessageAsync(new SendMessageRequest(queue, "soon") { DelaySeconds = 10 });
        await SendAsync(queue, "later");
        Assert.Equal((1, 0, 2), await CountsAsync(queue));
        Assert.Equal(["now"], await BodiesAsync(queue));
        await AdvanceAsync(9.999);
        Assert.Empty(await ReceiveAsync(queue));
        await AdvanceAsync(0.001);
        Assert.Equal(["soon"], await BodiesAsync(queue));
        await AdvanceAsync(50);
        Assert.Contains("later", await BodiesAsync(queue));
        await FailsAsync(Sqs.SendMessageAsync(new SendMessageRequest(queue, "never") { DelaySeconds = 901 }), "InvalidParameterValue");
    }

    [Fact]
    public async Task A_message_is_gone_after_its_retention()
    {
        var queue = await QueueAsync("brief", ("MessageRetentionPeriod", "60"));
        await SendAsync(queue, "ready");
        await SendAsync(queue, "held");
        await ReceiveOneAsync(queue, visibility: 600);
        await AdvanceAsync(59.999);
        Assert.Equal((1, 1, 0), await CountsAsync(queue));
        await AdvanceAsync(0.001);
        Assert.Equal((0, 0, 0), await CountsAsync(queue));
        Assert.Empty(await ReceiveAsync(queue));
    }

    [Fact]
    public async Task A_longer_retention_also_counts_for_messages_already_there()
    {
        var queue = await QueueAsync("brief", ("MessageRetentionPeriod", "60"));
        await SendAsync(queue, Encoding.UTF8.GetString("kept"u8));
        await AdvanceAsync(30);
        await Sqs.SetQueueAttributesAsync(queue, new Dictionary<string, string> { ["MessageRetentionPeriod"] = "120" });
        await AdvanceAsync(89);
        Assert.Equal(["kept"], await BodiesAsync(queue, visibility: 0));
        await AdvanceAsync(1);
        Assert.Empty(await ReceiveAsync(queue));
    }
}
