using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.Conformance;

using Message = Amazon.SQS.Model.Message;

public abstract class FifoConformance : ConformanceTests
{
    [Fact]
    public async Task A_group_is_locked_until_all_it_gave_is_deleted_or_visible_again()
    {
        var queue = await QueueAsync("orders.fifo");
        foreach (var body in new[] { "1", "2", "3" }) await SendAsync(queue, body, "g");
        var two = await ReceiveAsync(queue, max: 2);
        Assert.Equal(["1", "2"], two.Select(m => m.Body));
        Assert.Empty(await ReceiveAsync(queue));
        await Sqs.DeleteMessageAsync(queue, two[0].ReceiptHandle);
        Assert.Empty(await ReceiveAsync(queue));
        await Sqs.ChangeMessageVisibilityAsync(queue, two[1].ReceiptHandle, 0);
        Assert.Equal(["2", "3"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task Of_what_was_received_together_those_before_the_first_in_flight_come_again()
    {
        var queue = await QueueAsync("orders.fifo");
        foreach (var body in new[] { "1", "2", "3", "4" }) await SendAsync(queue, body, "g");
        var three = await ReceiveAsync(queue, max: 3, visibility: 30);
        await Sqs.ChangeMessageVisibilityAsync(queue, three[0].ReceiptHandle, 0);
        // Not what stands behind a message in flight, whoever received it.
        Assert.Equal(["1"], await BodiesAsync(queue, visibility: 100));
        await Sqs.ChangeMessageVisibilityAsync(queue, three[1].ReceiptHandle, 0);
        Assert.Empty(await BodiesAsync(queue));
        await Sqs.ChangeMessageVisibilityAsync(queue, three[2].ReceiptHandle, 60);
        await AdvanceAsync(70);
        Assert.Empty(await BodiesAsync(queue));
        await AdvanceAsync(31);
        Assert.Equal(["1", "2", "3", "4"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task What_runs_out_before_a_lease_that_was_extended_comes_again_by_itself()
    {
        var queue = await QueueAsync("orders.fifo");
        foreach (var body in new[] { "1", "2", "3", "4" }) await SendAsync(queue, body, "g");
        var three = await ReceiveAsync(queue, max: 3, visibility: 5);
        await Sqs.ChangeMessageVisibilityAsync(queue, three[2].ReceiptHandle, 20);
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);
        await AdvanceAsync(6);
        var again = await poll;
        Assert.Equal(["1", "2"], again.Select(m => m.Body));
        foreach (var message in again) await Sqs.DeleteMessageAsync(queue, message.ReceiptHandle);
        Assert.Empty(await BodiesAsync(queue));
        await Sqs.DeleteMessageAsync(queue, three[2].ReceiptHandle);
        Assert.Equal(["4"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task A_batch_with_an_entry_that_lacks_an_id_is_refused_whole()
    {
        var queue = await QueueAsync("orders.fifo");
        await FailsAsync(Sqs.SendMessageBatchAsync(queue, [new("1", "a") { MessageGroupId = "g", MessageDeduplicationId = "1" }, new("2", "b") { MessageGroupId = "g" }]), "InvalidParameterValue");
        await FailsAsync(Sqs.SendMessageBatchAsync(queue, [new("1", "a") { MessageGroupId = "g", MessageDeduplicationId = "1" }, new("2", "b") { MessageDeduplicationId = "2" }]), "InvalidParameterValue");
        Assert.Equal((0, 0, 0), await CountsAsync(queue));
    }

    [Fact]
    public async Task A_purge_forgets_what_was_sent()
    {
        var queue = await QueueAsync("orders.fifo");
        await SendAsync(queue, "1", "g", "same");
        await ReceiveAsync(queue, attempt: "a");
        await Sqs.PurgeQueueAsync(queue);
        await SendAsync(queue, "2", "g", "same");
        Assert.Equal(["2"], (await ReceiveAsync(queue, attempt: "a")).Select(m => m.Body));
    }

    [Fact]
    public async Task Messages_come_back_in_their_order_whatever_the_order_of_release()
    {
        var queue = await QueueAsync("orders.fifo");
        foreach (var body in new[] { "1", "2", "3", "4" }) await SendAsync(queue, body, "g");
        var three = await ReceiveAsync(queue, max: 3);
        foreach (var i in new[] { 1, 2, 0 }) await Sqs.ChangeMessageVisibilityAsync(queue, three[i].ReceiptHandle, 0);
        Assert.Equal(["1", "2", "3", "4"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task Groups_do_not_wait_for_each_other()
    {
        var queue = await QueueAsync("orders.fifo");
        await SendAsync(queue, "a1", "a");
        await SendAsync(queue, "b1", "b");
        await SendAsync(queue, "a2", "a");
        Assert.Equal(["a1"], await BodiesAsync(queue, max: 1));
        Assert.Equal(["b1"], await BodiesAsync(queue));
        Assert.Empty(await ReceiveAsync(queue));
    }

    [Fact]
    public async Task A_receive_takes_as_much_of_one_group_as_it_can()
    {
        var queue = await QueueAsync("orders.fifo");
        foreach (var body in new[] { "a1", "b1", "a2", "b2", "a3" }) await SendAsync(queue, body, body[..1]);
        Assert.Equal(["a1", "a2", "a3", "b1"], await BodiesAsync(queue, max: 4));
    }

    [Fact]
    public async Task Sequence_numbers_rise()
    {
        var queue = await QueueAsync("orders.fifo");
        var sent = new List<string>();
        for (var i = 0; i < 5; i++) sent.Add((await SendAsync(queue, $"{i}", "g")).SequenceNumber);
        Assert.Equal(sent.Order(StringComparer.Ordinal), sent);
        Assert.Equal(5, sent.Distinct().Count());
        Assert.All(sent, s => Assert.Equal(20, s.Length));
        Assert.Equal(sent, (await ReceiveAsync(queue)).Select(m => m.Attributes["SequenceNumber"]));
    }

    [Fact]
    public async Task A_repeated_deduplication_id_sends_nothing_even_after_a_delete_for_five_minutes()
    {
        var queue = await QueueAsync("orders.fifo");
        var first = await SendAsync(queue, "a", "g", "d");
        await Sqs.DeleteMessageAsync(queue, (await ReceiveOneAsync(queue)).ReceiptHandle);
        await AdvanceAsync(299.999);
        var again = await SendAsync(queue, "b", "h", "d");
        Assert.Equal((first.MessageId, first.SequenceNumber), (again.MessageId, again.SequenceNumber));
        Assert.Empty(await ReceiveAsync(queue));
        await AdvanceAsync(0.001);
        Assert.NotEqual(first.MessageId, (await SendAsync(queue, "c", "g", "d")).MessageId);
        Assert.Equal(["c"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task Deduplication_by_content_looks_at_the_body_alone()
    {
        var queue = await QueueAsync("orders.fifo", ("ContentBasedDeduplication", "true"));
        SendMessageRequest Message(string body) => new(queue, body) { MessageGroupId = "g" };
        var first = await Sqs.SendMessageAsync(Message("a"));
        Assert.Equal(first.MessageId, (await Sqs.SendMessageAsync(Message("a"))).MessageId);
        Assert.NotEqual(first.MessageId, (await Sqs.SendMessageAsync(Message("b"))).MessageId);
        Assert.NotEqual(first.MessageId, (await SendAsync(queue, "a", "g", "own-id")).MessageId);
    }

    [Fact]
    public async Task Deduplication_can_look_at_one_group_only()
    {
        var queue = await QueueAsync("orders.fifo", ("DeduplicationScope", "messageGroup"));
        var first = await SendAsync(queue, "a", "g", "d");
        Assert.NotEqual(first.MessageId, (await SendAsync(queue, "a", "h", "d")).MessageId);
        Assert.Equal(first.MessageId, (await SendAsync(queue, "a", "g", "d")).MessageId);
    }

    [Fact]
    public async Task The_ids_are_asked_for_and_checked()
    {
        var queue = await QueueAsync("orders.fifo");
        await FailsAsync(Sqs.SendMessageAsync(queue, "no group"), "MissingParameter");
        await FailsAsync(Sqs.SendMessageAsync(new SendMessageRequest(queue, "no id") { MessageGroupId = "g" }), "InvalidParameterValue");
        await FailsAsync(SendAsync(queue, "a", "a b", "d"), "InvalidParameterValue");
        await FailsAsync(SendAsync(queue, "a", new string('g', 129), "d"), "InvalidParameterValue");
        await FailsAsync(SendAsync(queue, "a", "g", new string('d', 129)), "InvalidParameterValue");
        await FailsAsync(Sqs.SendMessageAsync(new SendMessageRequest(queue, "a") { MessageGroupId = "g", MessageDeduplicationId = "d", DelaySeconds = 1 }), "InvalidParameterValue");
        var standard = await QueueAsync("standard");
        await FailsAsync(Sqs.SendMessageAsync(new SendMessageRequest(standard, "a") { MessageDeduplicationId = "d" }), "InvalidParameterValue");
        await FailsAsync(ReceiveAsync(standard, attempt: "x"), "InvalidParameterValue");
    }

    [Fact]
    public async Task A_retry_with_the_same_attempt_id_gets_the_same_messages_and_handles_hidden_anew()
    {
        var queue = await QueueAsync("orders.fifo");
        await SendAsync(queue, "1", "g");
        await SendAsync(queue, "2", "g");
        var first = await ReceiveAsync(queue, visibility: 30, attempt: "try");
        await AdvanceAsync(20);
        var again = await ReceiveAsync(queue, visibility: 30, attempt: "try");
        Assert.Equal(first.Select(m => m.ReceiptHandle), again.Select(m => m.ReceiptHandle));
        Assert.Equal(first.Select(m => m.Attributes["ApproximateReceiveCount"]), again.Select(m => m.Attributes["ApproximateReceiveCount"]));
        Assert.Empty(await ReceiveAsync(queue, attempt: "other"));
        await AdvanceAsync(29.999);
        Assert.Equal((0, 2, 0), await CountsAsync(queue));
        await AdvanceAsync(0.001);
        Assert.Equal((2, 0, 0), await CountsAsync(queue));
    }

    [Fact]
    public async Task An_attempt_is_over_once_a_message_of_it_was_touched()
    {
        var queue = await QueueAsync("orders.fifo");
        await SendAsync(queue, "1", "g");
        await SendAsync(queue, "2", "h");
        var first = await ReceiveAsync(queue, attempt: "deleted");
        await Sqs.DeleteMessageAsync(queue, first[0].ReceiptHandle);
        Assert.Empty(await ReceiveAsync(queue, attempt: "deleted"));
        await SendAsync(queue, "3", "i");
        var second = Assert.Single(await ReceiveAsync(queue, attempt: "changed"));
        await Sqs.ChangeMessageVisibilityAsync(queue, second.ReceiptHandle, 60);
        Assert.Empty(await ReceiveAsync(queue, attempt: "changed"));
    }

    [Fact]
    public async Task An_attempt_is_forgotten_after_five_minutes()
    {
        var queue = await QueueAsync("orders.fifo");
        await SendAsync(queue, "1", "g");
        await ReceiveAsync(queue, visibility: 600, attempt: "try");
        await AdvanceAsync(300);
        Assert.Empty(await ReceiveAsync(queue, attempt: "try"));
    }

    [Fact]
    public async Task The_queues_delay_holds_a_group_in_order_and_a_new_delay_counts_for_what_is_delayed()
    {
        var queue = await QueueAsync("orders.fifo", ("DelaySeconds", "10"));
        await SendAsync(queue, "1", "g");
        await AdvanceAsync(5);
        await SendAsync(queue, "2", "g");
        await AdvanceAsync(5);
        Assert.Equal(["1"], await BodiesAsync(queue, visibility: 0));
        await Sqs.SetQueueAttributesAsync(queue, new Dictionary<string, string> { ["DelaySeconds"] = "0" });
        Assert.Equal(["1", "2"], await BodiesAsync(queue));
    }
}
