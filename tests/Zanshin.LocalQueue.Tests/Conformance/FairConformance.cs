using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.Conformance;

using Message = Amazon.SQS.Model.Message;

/// <summary>Fair queues: message groups on a standard queue.</summary>
public abstract class FairConformance : ConformanceTests
{
    [Fact]
    public async Task While_no_tenant_is_noisy_messages_come_in_the_order_in_which_they_became_ready()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, "a", 29);
        await FairAsync(queue, "b1", "b");
        await SendAsync(queue, "alone");
        await FairAsync(queue, "a30", "a");

        Assert.Equal(29, (await TakeAsync(queue, 29)).Count);
        Assert.Equal(["b1", "alone", "a30"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task Who_has_thirty_in_flight_and_over_a_tenth_of_all_stands_back_while_others_wait()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, "a", 40);
        await FairAsync(queue, "b1", "b");
        await SendAsync(queue, "alone");

        Assert.All(await TakeAsync(queue, 30), m => Assert.StartsWith("a", m.Body));
        Assert.Equal(["b1", "alone", "a30", "a31"], await BodiesAsync(queue, 4));
    }

    [Fact]
    public async Task It_goes_on_as_soon_as_its_share_has_fallen()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, "a", 40);
        await FairAsync(queue, "b1", "b");
        var taken = await TakeAsync(queue, 30);

        await DeleteAsync(queue, taken[0]);

        Assert.Equal(["a30", "b1"], await BodiesAsync(queue, 2));
    }

    [Fact]
    public async Task A_tenth_or_less_of_what_is_in_flight_is_not_noisy_whatever_its_number()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, null, 270);
        await SendManyAsync(queue, "a", 31);
        await FairAsync(queue, "b1", "b");

        Assert.Equal(300, (await TakeAsync(queue, 300)).Count);
        Assert.Equal(["a30", "b1"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task Messages_without_a_group_are_each_a_tenant_of_its_own()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, null, 40);
        await FairAsync(queue, "b1", "b");
        await TakeAsync(queue, 35);

        Assert.Equal(["35", "36", "37", "38", "39", "b1"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task Of_several_noisy_tenants_the_one_with_the_fewest_in_flight_is_first()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, "a", 32);
        await TakeAsync(queue, 32);
        await SendManyAsync(queue, "b", 30);
        await TakeAsync(queue, 30);
        await SendManyAsync(queue, "a", 4, from: 32);
        await SendManyAsync(queue, "b", 4, from: 30);

        Assert.Equal(["b30", "b31", "a32", "b32", "a33", "b33", "a34", "a35"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task Who_takes_over_a_tenth_of_the_processing_time_stands_back_however_few_its_messages()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, "slow", 3);
        for (var i = 0; i < 2; i++) await FairAsync(queue, $"quick{i}", "quick");
        var slow = await ReceiveOneAsync(queue);
        await AdvanceAsync(seconds: 20);
        await DeleteAsync(queue, slow);

        Assert.Equal(["quick0", "quick1", "slow1", "slow2"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task What_was_slow_long_ago_counts_no_more_than_what_is_slow_now()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, "a", 3);
        await FairAsync(queue, "b0", "b");
        var slow = await ReceiveOneAsync(queue);
        await AdvanceAsync(seconds: 20);
        await DeleteAsync(queue, slow);
        await SendAsync(queue, "alone");
        Assert.Equal("b0", (await ReceiveOneAsync(queue)).Body);
        var alone = await ReceiveOneAsync(queue, visibility: 300);

        // Four half-lives: 20 s have become 1.25 s beside the 240 s of another.
        await AdvanceAsync(seconds: 240);
        await DeleteAsync(queue, alone);

        // b0's visibility timeout of 30 s has ended long before: it waits behind.
        Assert.Equal(["a1", "a2", "b0"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task A_tenant_of_whom_nothing_waits_is_quiet_again()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, "slow", 2);
        var slow = await TakeAsync(queue, 2);
        await AdvanceAsync(seconds: 20);
        await DeleteAsync(queue, slow[0]);

        await FairAsync(queue, "slow2", "slow");
        await FairAsync(queue, "quick0", "quick");

        Assert.Equal(["slow2", "quick0"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task A_tenant_that_sends_nothing_for_five_minutes_is_quiet_again()
    {
        var queue = await QueueAsync("orders", ("VisibilityTimeout", "3600"));
        await SendManyAsync(queue, "a", 33);
        await FairAsync(queue, "b1", "b");
        await TakeAsync(queue, 30);
        await AdvanceAsync(seconds: 299);
        Assert.Equal("b1", (await ReceiveOneAsync(queue)).Body);
        await FairAsync(queue, "b2", "b");
        await AdvanceAsync(seconds: 1);

        Assert.Equal(["a30", "a31", "a32", "b2"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task Messages_that_come_back_are_no_longer_in_flight()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, "a", 31);
        await FairAsync(queue, "b1", "b");
        var taken = await TakeAsync(queue, 30);
        foreach (var message in taken.Take(2)) await Sqs.ChangeMessageVisibilityAsync(queue, message.ReceiptHandle, 0);

        Assert.Equal(["a30", "b1", "a0", "a1"], await BodiesAsync(queue));
    }

    [Fact]
    public async Task A_waiting_receive_gets_what_is_sent_whoever_is_noisy()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, "a", 30);
        await TakeAsync(queue, 30);
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);

        await FairAsync(queue, "a30", "a");

        Assert.Equal("a30", Assert.Single(await poll).Body);
    }

    [Fact]
    public async Task Every_message_of_noisy_and_quiet_tenants_comes_once()
    {
        var queue = await QueueAsync();
        await SendManyAsync(queue, "a", 60);
        await SendManyAsync(queue, "b", 50);
        await SendManyAsync(queue, null, 10);

        var bodies = (await TakeAsync(queue, 120)).Select(m => m.Body).ToHashSet();

        Assert.Equal(120, bodies.Count);
        Assert.Equal((0, 120, 0), await CountsAsync(queue));
    }

    private Task<SendMessageResponse> FairAsync(string queue, string body, string group) => Sqs.SendMessageAsync(new SendMessageRequest(queue, body) { MessageGroupId = group });

    private async Task SendManyAsync(string queue, string? group, int count, int from = 0)
    {
        foreach (var ten in Enumerable.Range(from, count).Chunk(10))
        {
            await Sqs.SendMessageBatchAsync(queue, [.. ten.Select(i => new SendMessageBatchRequestEntry($"{i}", $"{group}{i}") { MessageGroupId = group })]);
        }
    }

    private async Task<List<Message>> TakeAsync(string queue, int count)
    {
        var taken = new List<Message>();
        while (taken.Count < count && await ReceiveAsync(queue, Math.Min(10, count - taken.Count)) is { Count: > 0 } some) taken.AddRange(some);
        return taken;
    }

    private Task<DeleteMessageResponse> DeleteAsync(string queue, Message message) => Sqs.DeleteMessageAsync(queue, message.ReceiptHandle);
}
