using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.Conformance;

using Message = Amazon.SQS.Model.Message;

/// <summary>A receipt handle names one receive: what it can still do once that receive is over.</summary>
public abstract class HandleConformance : ConformanceTests
{
    [Fact]
    public async Task Each_receive_has_a_handle_of_its_own()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        Assert.NotEqual((await ReceiveOneAsync(queue, visibility: 0)).ReceiptHandle, (await ReceiveOneAsync(queue, visibility: 0)).ReceiptHandle);
    }

    [Fact]
    public async Task A_stale_handle_does_not_touch_the_next_lease()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        var stale = (await ReceiveOneAsync(queue, visibility: 10)).ReceiptHandle;
        await AdvanceAsync(10);
        await ReceiveOneAsync(queue, visibility: 30);
        await Sqs.ChangeMessageVisibilityAsync(queue, stale, 0);
        await Sqs.ChangeMessageVisibilityAsync(queue, stale, 600);
        await Sqs.DeleteMessageAsync(queue, stale);
        Assert.Equal((0, 1, 0), await CountsAsync(queue));
        await AdvanceAsync(30);
        Assert.Equal(["a"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task An_expired_handle_changes_nothing_and_is_not_told()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        var expired = (await ReceiveOneAsync(queue, visibility: 10)).ReceiptHandle;
        await AdvanceAsync(10);
        await Sqs.ChangeMessageVisibilityAsync(queue, expired, 600);
        Assert.Equal((1, 0, 0), await CountsAsync(queue));
    }

    [Fact]
    public async Task An_expired_handle_deletes_on_a_standard_queue_if_nobody_has_received_since()
    {
        var queue = await QueueAsync();
        await SendAsync(queue, "a");
        var expired = (await ReceiveOneAsync(queue, visibility: 10)).ReceiptHandle;
        await AdvanceAsync(10);
        await Sqs.DeleteMessageAsync(queue, expired);
        Assert.Equal((0, 0, 0), await CountsAsync(queue));
    }

    [Fact]
    public async Task An_expired_handle_is_refused_on_a_fifo_queue()
    {
        var queue = await QueueAsync("orders.fifo");
        await SendAsync(queue, "a", "g");
        var expired = (await ReceiveOneAsync(queue, visibility: 10)).ReceiptHandle;
        await AdvanceAsync(10);
        var error = await FailsAsync(Sqs.DeleteMessageAsync(queue, expired), "InvalidParameterValue");
        Assert.Contains("The receipt handle has expired", error.Message, StringComparison.Ordinal);
        await FailsAsync(Sqs.ChangeMessageVisibilityAsync(queue, expired, 60), "InvalidParameterValue");
        Assert.Equal((1, 0, 0), await CountsAsync(queue));
    }

    [Theory]
    [InlineData("orders")]
    [InlineData("orders.fifo")]
    public async Task A_deleted_messages_handle_deletes_again_but_changes_nothing(string name)
    {
        var queue = await QueueAsync(name);
        await (name == "orders" ? SendAsync(queue, "a") : SendAsync(queue, "a", "g"));
        var handle = (await ReceiveOneAsync(queue)).ReceiptHandle;
        await Sqs.DeleteMessageAsync(queue, handle);
        await Sqs.DeleteMessageAsync(queue, handle);
        var error = await FailsAsync(Sqs.ChangeMessageVisibilityAsync(queue, handle, 5), "InvalidParameterValue");
        Assert.Contains("Message does not exist or is not available for visibility timeout change", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_and_another_queues_handle_are_invalid()
    {
        var queue = await QueueAsync();
        var other = await QueueAsync("other");
        await SendAsync(queue, "a");
        var handle = (await ReceiveOneAsync(queue)).ReceiptHandle;
        foreach (var bad in new[] { "garbage", handle[..^1] + (handle[^1] == 'A' ? 'E' : 'A'), handle + "x", handle[..5] + '!' + handle[6..] })
        {
            Assert.IsType<ReceiptHandleIsInvalidException>(await FailsAsync(Sqs.DeleteMessageAsync(queue, bad), "ReceiptHandleIsInvalid"));
            await FailsAsync(Sqs.ChangeMessageVisibilityAsync(queue, bad, 0), "ReceiptHandleIsInvalid");
        }

        await FailsAsync(Sqs.DeleteMessageAsync(other, handle), "ReceiptHandleIsInvalid");
        Assert.Equal((0, 1, 0), await CountsAsync(queue));
    }
}
