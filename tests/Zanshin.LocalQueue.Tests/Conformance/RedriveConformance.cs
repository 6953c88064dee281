namespace Zanshin.LocalQueue.Tests.Conformance;

using Message = Amazon.SQS.Model.Message;

public abstract class RedriveConformance : ConformanceTests
{
    [Fact]
    public async Task A_dead_letter_queue_says_whose_it_may_be()
    {
        var dead = await QueueAsync("dead");
        var arn = await ArnAsync(dead);
        (string, string) policy = ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":"3"}""");
        await AllowAsync("""{"redrivePermission":"denyAll"}""");
        await FailsAsync(QueueAsync("a", policy), "InvalidParameterValue");
        await AllowAsync($$"""{"redrivePermission":"byQueue","sourceQueueArns":["{{arn.Replace("dead", "b")}}"]}""");
        await FailsAsync(QueueAsync("a", policy), "InvalidParameterValue");
        await QueueAsync("b", policy);
        await AllowAsync("""{"redrivePermission":"allowAll"}""");
        await QueueAsync("a", policy);
        foreach (var bad in new[] { "{}", "no JSON", """{"redrivePermission":"some"}""", """{"redrivePermission":"byQueue"}""", """{"redrivePermission":"byQueue","sourceQueueArns":[]}""", """{"redrivePermission":"denyAll","sourceQueueArns":["x"]}""", """{"redrivePermission":1}""" })
            await FailsAsync(AllowAsync(bad), "InvalidAttributeValue");
        await AllowAsync("");
        Assert.DoesNotContain("RedriveAllowPolicy", (await Sqs.GetQueueAttributesAsync(dead, ["All"])).Attributes.Keys);

        Task AllowAsync(string json) => Sqs.SetQueueAttributesAsync(dead, new Dictionary<string, string> { ["RedriveAllowPolicy"] = json });
    }

    [Fact]
    public async Task A_message_received_too_often_goes_to_the_dead_letter_queue()
    {
        var (queue, dead) = await PairAsync("orders", "dead", 2);
        var sent = await SendAsync(queue, "poison");
        await SendAsync(queue, "good");
        Assert.Equal(["poison", "good"], await BodiesAsync(queue, visibility: 0));
        Assert.Equal(["poison", "good"], await BodiesAsync(queue, visibility: 0));
        Assert.Empty(await ReceiveAsync(queue));
        Assert.Equal((0, 0, 0), await CountsAsync(queue));

        var message = (await ReceiveAsync(dead))[0];
        Assert.Equal(sent.MessageId, message.MessageId);
        Assert.Equal("3", message.Attributes["ApproximateReceiveCount"]);
        Assert.Equal(await ArnAsync(queue), message.Attributes["DeadLetterQueueSourceArn"]);
    }

    [Fact]
    public async Task A_moved_message_wakes_a_poll_on_the_dead_letter_queue()
    {
        var (queue, dead) = await PairAsync("orders", "dead", 1);
        await SendAsync(queue, "poison");
        await ReceiveAsync(queue, visibility: 0);
        var poll = ReceiveAsync(dead, wait: 20);
        await PollsOpenAsync(dead);
        Assert.Empty(await ReceiveAsync(queue));
        Assert.Equal("poison", Assert.Single(await poll).Body);
    }

    [Fact]
    public async Task An_expiry_moves_the_message_when_a_poll_waits_for_it()
    {
        var (queue, dead) = await PairAsync("orders", "dead", 1);
        await SendAsync(queue, "poison");
        await ReceiveAsync(queue, visibility: 5);
        var poll = ReceiveAsync(queue, wait: 20);
        await PollsOpenAsync(queue);
        await AdvanceAsync(5);
        Assert.False(poll.IsCompleted);
        Assert.Equal((1, 0, 0), await CountsAsync(dead));
    }

    [Fact]
    public async Task The_source_queues_handle_does_not_reach_the_moved_message()
    {
        var (queue, dead) = await PairAsync("orders", "dead", 1);
        await SendAsync(queue, "poison");
        var handle = (await ReceiveOneAsync(queue, visibility: 0)).ReceiptHandle;
        Assert.Empty(await ReceiveAsync(queue));
        await Sqs.DeleteMessageAsync(queue, handle);
        await FailsAsync(Sqs.ChangeMessageVisibilityAsync(queue, handle, 0), "InvalidParameterValue");
        Assert.Equal((1, 0, 0), await CountsAsync(dead));
    }

    [Fact]
    public async Task A_fifo_group_arrives_in_order()
    {
        var (queue, dead) = await PairAsync("orders.fifo", "dead.fifo", 1);
        foreach (var body in new[] { "1", "2", "3" }) await SendAsync(queue, body, "g");
        Assert.Equal(["1", "2", "3"], await BodiesAsync(queue, visibility: 0));
        Assert.Empty(await ReceiveAsync(queue));
        Assert.Equal(["1", "2", "3"], await BodiesAsync(dead));
    }

    [Fact]
    public async Task Without_its_dead_letter_queue_a_message_is_received_on()
    {
        var (queue, dead) = await PairAsync("orders", "dead", 1);
        await SendAsync(queue, "poison");
        await Sqs.DeleteQueueAsync(dead);
        Assert.Equal(["poison"], await BodiesAsync(queue, visibility: 0));
        Assert.Equal(["poison"], await BodiesAsync(queue, visibility: 0));
    }

    [Fact]
    public async Task A_message_keeps_its_age_on_a_standard_dead_letter_queue()
    {
        var dead = await QueueAsync("dead", ("MessageRetentionPeriod", "60"));
        var queue = await QueueAsync("orders", ("RedrivePolicy", Policy(await ArnAsync(dead), 1)));
        await SendAsync(queue, "poison");
        await ReceiveAsync(queue, visibility: 0);
        await AdvanceAsync(50);
        Assert.Empty(await ReceiveAsync(queue));
        Assert.Equal((1, 0, 0), await CountsAsync(dead));
        await AdvanceAsync(10);
        Assert.Equal((0, 0, 0), await CountsAsync(dead));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("nonsense")]
    [InlineData("{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:nowhere\",\"maxReceiveCount\":3}")]
    [InlineData("{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\",\"maxReceiveCount\":0}")]
    [InlineData("{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead\"}")]
    [InlineData("{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:dead.fifo\",\"maxReceiveCount\":3}")]
    public async Task A_bad_policy_is_refused(string policy)
    {
        await QueueAsync("dead");
        await QueueAsync("dead.fifo");
        await FailsAsync(QueueAsync("orders", ("RedrivePolicy", policy)), "InvalidParameterValue");
    }

    private static string Policy(string arn, int max) => $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":"{{max}}"}""";

    private async Task<(string, string)> PairAsync(string name, string deadName, int max)
    {
        var dead = await QueueAsync(deadName);
        return (await QueueAsync(name, ("RedrivePolicy", Policy(await ArnAsync(dead), max))), dead);
    }

    [Fact]
    public async Task Two_queues_that_are_each_others_dead_letter_queue_do_not_throw_a_message_to_and_fro()
    {
        var (one, other) = await PairAsync("one", "other", 1);
        await Sqs.SetQueueAttributesAsync(other, new() { ["RedrivePolicy"] = $$"""{"deadLetterTargetArn":"{{await ArnAsync(one)}}","maxReceiveCount":1}""" });
        await SendAsync(one, "poison");
        await ReceiveAsync(one, visibility: 5);
        var polls = new[] { ReceiveAsync(one, wait: 20), ReceiveAsync(other, wait: 20) };
        await PollsOpenAsync(one);
        await PollsOpenAsync(other);
        await AdvanceAsync(5);
        Assert.Equal("poison", Assert.Single(await polls[1]).Body);
        Assert.False(polls[0].IsCompleted);
    }
}
