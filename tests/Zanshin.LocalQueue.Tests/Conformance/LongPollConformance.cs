using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.Conformance;

using Message = Amazon.SQS.Model.Message;

public abstract class LongPollConformance : ConformanceTests
{
    [Fact]
    public async Task A_long_poll_ends_empty_after_its_time()
    {
        var queue = await QueueAsync();
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);
        await AdvanceAsync(19.999);
        Assert.False(poll.IsCompleted);
        await AdvanceAsync(0.001);
        Assert.Empty(await poll);
    }

    [Fact]
    public async Task The_queues_own_wait_counts_unless_the_call_says_zero()
    {
        var queue = await QueueAsync("orders", ("ReceiveMessageWaitTimeSeconds", "5"));
        Assert.Empty(await ReceiveAsync(queue, wait: 0));
        var poll = Sqs.ReceiveMessageAsync(new ReceiveMessageRequest(queue));
        await PollsOpenAsync(queue);
        await AdvanceAsync(5);
        Assert.Null((await poll).Messages);
    }

    [Fact]
    public async Task A_send_wakes_a_waiting_poll_at_once()
    {
        var queue = await QueueAsync();
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);
        await SendAsync(queue, "a");
        Assert.Equal("a", Assert.Single(await poll).Body);
    }

    [Fact]
    public async Task One_message_wakes_one_poll_the_longest_waiting_first()
    {
        var queue = await QueueAsync();
        var first = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue, 1);
        var second = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue, 2);
        await SendAsync(queue, "a");
        Assert.Equal("a", Assert.Single(await first).Body);
        await PollsOpenAsync(queue, 1);
        Assert.False(second.IsCompleted);
        await SendAsync(queue, "b");
        Assert.Equal("b", Assert.Single(await second).Body);
    }

    [Fact]
    public async Task A_batch_goes_to_one_poll_as_far_as_that_asks()
    {
        var queue = await QueueAsync();
        var two = ReceiveAsync(queue, max: 2, wait: 20);
        await PollsOpenAsync(queue, 1);
        var rest = ReceiveAsync(queue, max: 10, wait: 20);
        await PollsOpenAsync(queue, 2);
        await Sqs.SendMessageBatchAsync(queue, [new("1", "a"), new("2", "b"), new("3", "c")]);
        Assert.Equal(["a", "b"], (await two).Select(m => m.Body));
        Assert.Equal(["c"], (await rest).Select(m => m.Body));
    }

    [Fact]
    public async Task An_expired_visibility_wakes_a_poll_at_that_instant()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        await ReceiveOneAsync(queue, visibility: 7);
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);
        await AdvanceAsync(6.999);
        Assert.False(poll.IsCompleted);
        await AdvanceAsync(0.001);
        Assert.Equal("2", Assert.Single(await poll).Attributes["ApproximateReceiveCount"]);
    }

    [Fact]
    public async Task The_end_of_a_delay_wakes_a_poll_at_that_instant()
    {
        var queue = await QueueAsync();
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);
        await Sqs.SendMessageAsync(new SendMessageRequest(queue, "a") { DelaySeconds = 3 });
        await AdvanceAsync(2.999);
        Assert.False(poll.IsCompleted);
        await AdvanceAsync(0.001);
        Assert.Single(await poll);
    }

    [Fact]
    public async Task A_released_message_wakes_a_poll()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        var held = await ReceiveOneAsync(queue);
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);
        await Sqs.ChangeMessageVisibilityAsync(queue, held.ReceiptHandle, 0);
        Assert.Single(await poll);
    }

    [Fact]
    public async Task A_shorter_visibility_moves_the_wake_up_forward()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        var held = await ReceiveOneAsync(queue, visibility: 600);
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);
        await Sqs.ChangeMessageVisibilityAsync(queue, held.ReceiptHandle, 4);
        await AdvanceAsync(4);
        Assert.Single(await poll);
    }

    [Fact]
    public async Task A_delete_that_frees_a_group_wakes_a_poll()
    {
        var queue = await QueueAsync("orders.fifo");
        await SendAsync(queue, "1", "g");
        await SendAsync(queue, "2", "g");
        var first = Assert.Single(await ReceiveAsync(queue, max: 1));
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);
        await Sqs.DeleteMessageAsync(queue, first.ReceiptHandle);
        Assert.Equal("2", Assert.Single(await poll).Body);
    }

    [Fact]
    public async Task An_abandoned_poll_takes_nothing()
    {
        var queue = await QueueAsync();
        using var gone = new CancellationTokenSource();
        var poll = Sqs.ReceiveMessageAsync(Receive(queue, wait: 20), gone.Token);
        await PollsOpenAsync(queue);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        await PollsOpenAsync(queue, 0);
        await SendAsync(queue, "a");
        Assert.Equal("1", (await ReceiveOneAsync(queue)).Attributes["ApproximateReceiveCount"]);
    }

    [Fact]
    public async Task Deleting_the_queue_ends_its_polls()
    {
        var queue = await QueueAsync();
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);
        await Sqs.DeleteQueueAsync(queue);
        await FailsAsync(poll, "AWS.SimpleQueueService.NonExistentQueue");
    }
}
