using Amazon.SQS.Model;

namespace Zanshin.LocalQueue.Tests.Conformance;

/// <summary>Message move tasks: what a dead-letter queue holds goes back to be worked again.</summary>
public abstract class MoveConformance : ConformanceTests
{
    private string _source = "", _dead = "", _deadArn = "";

    [Fact]
    public async Task Messages_go_back_where_they_came_from_as_new_ones()
    {
        await DeadLettersAsync(3);
        var old = (await ReceiveAsync(_dead, visibility: 0)).Select(m => m.MessageId).ToHashSet();
        await MoveAsync();
        var task = await EndedAsync();
        Assert.Equal(("COMPLETED", 3L, 3L, null), (task.Status, task.ApproximateNumberOfMessagesMoved, task.ApproximateNumberOfMessagesToMove, task.TaskHandle));
        Assert.Equal((0, 0, 0), await CountsAsync(_dead));
        var back = await ReceiveAsync(_source);
        Assert.Equal(["0", "1", "2"], back.Select(m => m.Body).Order());
        Assert.All(back, m => Assert.DoesNotContain(m.MessageId, old));
        Assert.All(back, m => Assert.Equal("1", m.Attributes["ApproximateReceiveCount"]));
        Assert.All(back, m => Assert.DoesNotContain("DeadLetterQueueSourceArn", m.Attributes.Keys));
    }

    [Fact]
    public async Task They_can_go_to_another_queue_no_faster_than_asked()
    {
        await DeadLettersAsync(12);
        var other = await QueueAsync("other");
        await MoveAsync(await ArnAsync(other), perSecond: 5);
        for (var tick = 0; tick < 10; tick++) await AdvanceAsync(0.1);
        // The first goes at once; five more in the second.
        Assert.InRange((await CountsAsync(other)).Item1, 1, 6);
        var running = await TaskAsync();
        Assert.Equal(("RUNNING", 5, _deadArn, await ArnAsync(other)), (running.Status, running.MaxNumberOfMessagesPerSecond, running.SourceArn, running.DestinationArn));
        Assert.Equal(12, (await EndedAsync()).ApproximateNumberOfMessagesMoved);
        Assert.Equal((12, 0, 0), await CountsAsync(other));
    }

    [Fact]
    public async Task One_task_at_a_time_and_it_can_be_cancelled()
    {
        await DeadLettersAsync(12);
        var handle = await MoveAsync(perSecond: 1);
        await FailsAsync(MoveAsync(), "InvalidParameterValue");
        Assert.Equal(handle, (await TaskAsync()).TaskHandle);
        var moved = (await Sqs.CancelMessageMoveTaskAsync(new CancelMessageMoveTaskRequest { TaskHandle = handle })).ApproximateNumberOfMessagesMoved;
        for (var tick = 0; tick < 50; tick++) await AdvanceAsync(0.1);
        var task = await TaskAsync();
        Assert.Equal(("CANCELLED", moved), (task.Status, task.ApproximateNumberOfMessagesMoved));
        Assert.Equal(12 - moved, (await CountsAsync(_dead)).Item1);
        await FailsAsync(Sqs.CancelMessageMoveTaskAsync(new CancelMessageMoveTaskRequest { TaskHandle = handle }), "AWS.SimpleQueueService.UnsupportedOperation");
        foreach (var garbage in new[] { "x", "foobared", Handle("[]"), Handle("""{"taskId":"1"}"""), Handle("""{"sourceArn":1,"taskId":"1"}""") })
            await FailsAsync(Sqs.CancelMessageMoveTaskAsync(new CancelMessageMoveTaskRequest { TaskHandle = garbage }), "InvalidParameterValue");
        foreach (var unknown in new[] { _deadArn, _deadArn + "-not" })
        {
            var made = Handle($$"""{"taskId":"10f57157-fc38-4da9-a113-4de7e12d05aa","sourceArn":"{{unknown}}"}""");
            Assert.IsType<ResourceNotFoundException>(await FailsAsync(Sqs.CancelMessageMoveTaskAsync(new CancelMessageMoveTaskRequest { TaskHandle = made }), "ResourceNotFoundException"));
        }

        static string Handle(string json) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(json));

        await MoveAsync();
        await EndedAsync();
        var all = (await Sqs.ListMessageMoveTasksAsync(new ListMessageMoveTasksRequest { SourceArn = _deadArn, MaxResults = 10 })).Results;
        Assert.Equal(["COMPLETED", "CANCELLED"], all.Select(t => t.Status));
    }

    [Fact]
    public async Task Queues_without_tasks_that_are_asked_for_theirs_do_not_disturb_others()
    {
        await DeadLettersAsync(1);
        Assert.Empty((await Sqs.ListMessageMoveTasksAsync(new ListMessageMoveTasksRequest { SourceArn = await ArnAsync(_source) })).Results ?? []);
        await MoveAsync();
        Assert.Equal("COMPLETED", (await EndedAsync()).Status);
    }

    [Fact]
    public async Task What_did_not_come_from_another_queue_stays_and_fails_the_task()
    {
        await DeadLettersAsync(1);
        await SendAsync(_dead, "sent here");
        await MoveAsync();
        var task = await EndedAsync();
        Assert.Equal(("FAILED", "CouldNotDetermineMessageSource", 1L), (task.Status, task.FailureReason, task.ApproximateNumberOfMessagesMoved));
        Assert.Equal(["sent here"], await BodiesAsync(_dead));
    }

    [Fact]
    public async Task What_cannot_be_moved_is_refused()
    {
        await DeadLettersAsync(0);
        Assert.IsType<ResourceNotFoundException>(await FailsAsync(MoveFromAsync(_deadArn + "x"), "ResourceNotFoundException"));
        Assert.IsType<ResourceNotFoundException>(await FailsAsync(MoveAsync(_deadArn + "x"), "ResourceNotFoundException"));
        await FailsAsync(MoveFromAsync(await ArnAsync(_source)), "InvalidParameterValue");
        await FailsAsync(MoveAsync(_deadArn), "InvalidParameterValue");
        await FailsAsync(MoveAsync(await ArnAsync(await QueueAsync("other.fifo"))), "InvalidParameterValue");
        await FailsAsync(MoveAsync(perSecond: 501), "InvalidParameterValue");
        await FailsAsync(Sqs.ListMessageMoveTasksAsync(new ListMessageMoveTasksRequest { SourceArn = _deadArn, MaxResults = 11 }), "InvalidParameterValue");
        Assert.Empty((await Sqs.ListMessageMoveTasksAsync(new ListMessageMoveTasksRequest { SourceArn = _deadArn })).Results ?? []);
    }

    [Fact]
    public async Task A_task_wakes_those_who_wait_for_its_messages()
    {
        await DeadLettersAsync(1);
        var poll = ReceiveAsync(_source, wait: 20);
        await PollsOpenAsync(_source);
        await MoveAsync();
        await EndedAsync();
        Assert.Equal("0", Assert.Single(await poll).Body);
    }

    [Fact]
    public async Task A_fifo_queues_messages_keep_their_order()
    {
        await DeadLettersAsync(4, ".fifo");
        await MoveAsync();
        await EndedAsync();
        Assert.Equal(["0", "1", "2", "3"], await BodiesAsync(_source));
    }

    /// <summary>A queue, its dead-letter queue, and so many messages in that.</summary>
    private async Task DeadLettersAsync(int count, string suffix = "")
    {
        _dead = await QueueAsync("dead" + suffix);
        _deadArn = await ArnAsync(_dead);
        _source = await QueueAsync("source" + suffix, ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{_deadArn}}","maxReceiveCount":"1"}"""));
        for (var i = 0; i < count; i++)
        {
            if (suffix.Length == 0) await SendAsync(_source, $"{i}");
            else await SendAsync(_source, $"{i}", "g");
        }

        for (var received = 0; received < count;) received += (await ReceiveAsync(_source, visibility: 0, max: suffix.Length == 0 ? 10 : 1)).Count;
        Assert.Empty(await ReceiveAsync(_source));
        Assert.Equal((count, 0, 0), await CountsAsync(_dead));
    }

    private Task<string> MoveAsync(string? destination = null, int? perSecond = null) => MoveFromAsync(_deadArn, destination, perSecond);

    private async Task<string> MoveFromAsync(string source, string? destination = null, int? perSecond = null) =>
        (await Sqs.StartMessageMoveTaskAsync(new StartMessageMoveTaskRequest { SourceArn = source, DestinationArn = destination, MaxNumberOfMessagesPerSecond = perSecond })).TaskHandle;

    private async Task<ListMessageMoveTasksResultEntry> TaskAsync() =>
        Assert.Single((await Sqs.ListMessageMoveTasksAsync(new ListMessageMoveTasksRequest { SourceArn = _deadArn })).Results);

    private async Task<ListMessageMoveTasksResultEntry> EndedAsync()
    {
        // With a store each step waits until the one before is safe, so it is not known how many this takes.
        for (var tick = 0; tick < 100_000; tick++)
        {
            await AdvanceAsync(0.1);
            if (await TaskAsync() is { Status: not "RUNNING" } ended) return ended;
        }

        throw new InvalidOperationException("The task does not end.");
    }
}
