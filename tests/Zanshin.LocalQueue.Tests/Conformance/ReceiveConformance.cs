using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.Conformance;

using Message = Amazon.SQS.Model.Message;

public abstract class ReceiveConformance : ConformanceTests
{
    [Fact]
    public async Task An_empty_receive_answers_no_messages()
    {
        var queue = await QueueAsync();
        Assert.Null((await Sqs.ReceiveMessageAsync(queue)).Messages);
    }

    [Fact]
    public async Task A_receive_takes_one_message_unless_more_are_asked_for()
    {
        var queue = await QueueAsync();
        for (var i = 0; i < 12; i++) await SendAsync(queue, $"{i}");
        Assert.Single((await Sqs.ReceiveMessageAsync(queue)).Messages);
        Assert.Equal(10, (await ReceiveAsync(queue, 10)).Count);
        Assert.Single(await ReceiveAsync(queue, 10));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(11, 0, 0)]
    [InlineData(1, 21, 0)]
    [InlineData(1, -1, 0)]
    [InlineData(1, 0, 43201)]
    [InlineData(1, 0, -1)]
    public async Task A_value_out_of_range_is_refused(int max, int wait, int visibility)
    {
        var queue = await QueueAsync();
        await FailsAsync(ReceiveAsync(queue, max, visibility, wait), "InvalidParameterValue");
    }

    [Theory]
    [InlineData("Colour")]
    [InlineData("7")]
    [InlineData("None")]
    public async Task An_unknown_attribute_is_refused_and_takes_nothing(string name)
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        await FailsAsync(Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(queue) { MessageSystemAttributeNames = [name] }), "InvalidAttributeName");
        Assert.Equal((1, 0, 0), await CountsAsync(queue));
    }

    [Theory]
    [InlineData("Hel.*", "Hello", "Help.Me")]
    [InlineData("Help.*", "Help.Me")]
    [InlineData("Help.Me.*", "Help.Me")]
    [InlineData("*", "General", "Hello", "Help.Me")]
    [InlineData(".*", "General", "Hello", "Help.Me")]
    [InlineData("All", "General", "Hello", "Help.Me")]
    [InlineData("Hel*")]
    [InlineData("hello")]
    public async Task Attributes_are_asked_for_by_name_or_by_how_it_begins(string asked, params string[] got)
    {
        var queue = await QueueAsync();
        var attributes = new[] { "Hello", "Help.Me", "General" }.ToDictionary(name => name, _ => new MessageAttributeValue { DataType = "String", StringValue = "v" });
        await Sqs.SendMessageAsync(new SendMessageRequest(queue, "a") { MessageAttributes = attributes });
        var message = Assert.Single((await Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(queue) { MessageAttributeNames = [asked] })).Messages);
        Assert.Equal(got, (message.MessageAttributes ?? []).Keys.Order(StringComparer.Ordinal));
        Assert.Equal(got.Length == 0, message.MD5OfMessageAttributes is null);
    }

    [Fact]
    public async Task A_received_message_is_hidden_until_its_visibility_timeout_and_not_a_moment_longer()
    {
        var queue = await QueueAsync("orders", ("VisibilityTimeout", "30"));
        await SendAsync(queue, "a");
        await ReceiveOneAsync(queue);
        await AdvanceAsync(29.999);
        Assert.Empty(await ReceiveAsync(queue));
        await AdvanceAsync(0.001);
        Assert.Equal(["a"], await BodiesAsync(queue, visibility: 5));
        await AdvanceAsync(5);
        Assert.Equal(["a"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task A_visibility_timeout_of_zero_is_a_value()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        Assert.Equal(["a"], await BodiesAsync(queue, visibility: 0));
        Assert.Equal(["a"], await BodiesAsync(queue, visibility: 0));
    }

    [Fact]
    public async Task A_deleted_message_does_not_come_back()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        await Sqs.DeleteMessageAsync(queue, (await ReceiveOneAsync(queue)).ReceiptHandle);
        Assert.Equal((0, 0, 0), await CountsAsync(queue));
        await AdvanceAsync(3600);
        Assert.Empty(await ReceiveAsync(queue));
    }

    [Fact]
    public async Task A_changed_visibility_counts_from_the_change()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        var message = await ReceiveOneAsync(queue, visibility: 30);
        await AdvanceAsync(20);
        await Sqs.ChangeMessageVisibilityAsync(queue, message.ReceiptHandle, 30);
        await AdvanceAsync(29.999);
        Assert.Empty(await ReceiveAsync(queue));
        await AdvanceAsync(0.001);
        Assert.Equal(["a"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task Visibility_changed_to_zero_shows_the_message_at_once_and_its_handle_still_deletes()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        var first = await ReceiveOneAsync(queue);
        await Sqs.ChangeMessageVisibilityAsync(queue, first.ReceiptHandle, 0);
        Assert.Equal((1, 0, 0), await CountsAsync(queue));
        await Sqs.DeleteMessageAsync(queue, first.ReceiptHandle);
        Assert.Equal((0, 0, 0), await CountsAsync(queue));
    }

    [Fact]
    public async Task Visibility_ends_12_hours_after_the_receive_whatever_is_asked()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        var message = await ReceiveOneAsync(queue, visibility: 43_200);
        await AdvanceAsync(1);
        await FailsAsync(Sqs.ChangeMessageVisibilityAsync(queue, message.ReceiptHandle, 43_200), "InvalidParameterValue");
        await Sqs.ChangeMessageVisibilityAsync(queue, message.ReceiptHandle, 43_199);
        await FailsAsync(Sqs.ChangeMessageVisibilityAsync(queue, message.ReceiptHandle, 43_201), "InvalidParameterValue");
        await AdvanceAsync(43_199);
        Assert.Equal(["a"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task Batches_answer_each_entry()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        await SendAsync(queue, "b");
        var messages = await ReceiveAsync(queue);
        var changed = await Sqs.ChangeMessageVisibilityBatchAsync(queue,
        [
            new("1", messages[0].ReceiptHandle) { VisibilityTimeout = 0 },
            new("2", "garbage") { VisibilityTimeout = 0 },
            new("3", messages[1].ReceiptHandle) { VisibilityTimeout = 43_201 },
        ]);
        Assert.Equal(["1"], changed.Successful.Select(s => s.Id));
        Assert.Equal([("2", "ReceiptHandleIsInvalid"), ("3", "InvalidParameterValue")], changed.Failed.Select(f => (f.Id, f.Code)).Order());

        var deleted = await Sqs.DeleteMessageBatchAsync(queue, [new("x", messages[1].ReceiptHandle), new("y", "garbage")]);
        Assert.Equal(["x"], deleted.Successful.Select(s => s.Id));
        Assert.Equal("ReceiptHandleIsInvalid", Assert.Single(deleted.Failed).Code);
        Assert.Equal(["a"], await BodiesAsync(queue));
        await FailsAsync(Sqs.DeleteMessageBatchAsync(queue, [new("x", "h"), new("x", "h")]), "AWS.SimpleQueueService.BatchEntryIdsNotDistinct");
        await FailsAsync(Sqs.DeleteMessageBatchAsync(queue, []), "AWS.SimpleQueueService.EmptyBatchRequest");
    }

    [Fact]
    public async Task A_redelivered_message_does_not_overtake_those_that_wait()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "poison");
        await SendAsync(queue, "good");
        var poison = await ReceiveOneAsync(queue);
        await Sqs.ChangeMessageVisibilityAsync(queue, poison.ReceiptHandle, 0);
        Assert.Equal("good", (await ReceiveOneAsync(queue)).Body);
    }
}
