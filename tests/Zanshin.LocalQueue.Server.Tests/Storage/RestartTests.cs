using Amazon.SQS.Model;
using Zanshin.LocalQueue.Server.Tests.Http;
using Zanshin.LocalQueue.Tests;

namespace Zanshin.LocalQueue.Server.Tests.Storage;

using Message = Amazon.SQS.Model.Message;

/// <summary>Everything that was acknowledged is there after a stop, and after a crash.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false, Durability.Normal)]
    [InlineData(true, Durability.Normal)]
    [InlineData(true, Durability.Full)]
    public async Task Messages_attributes_and_queues_survive(bool crash, Durability durability)
    {
        var first = await StartAsync(_directory, durability);
        using var before = SocketHost.Connect(first);
        await before.CreateQueueAsync(new CreateQueueRequest("q") { Attributes = new() { ["VisibilityTimeout"] = "77", ["DelaySeconds"] = "0" }, Tags = new() { ["team"] = "shop" } });
        var sent = await before.SendMessageAsync(new SendMessageRequest("q", "h\u00e9llo \U0001F600")
        {
            MessageGroupId = "tenant",
            MessageAttributes = new()
            {
                ["a"] = new() { DataType = "String.x", StringValue = "v" },
                ["b"] = new() { DataType = "Binary", BinaryValue = new MemoryStream([0, 1, 255]) },
            },
            MessageSystemAttributes = new() { ["AWSTraceHeader"] = new() { DataType = "String", StringValue = "Root=1" } },
        });
        await AgainAsync(first, crash, durability, async after =>
        {
            Assert.Equal("77", (await after.GetQueueAttributesAsync("q", ["All"])).Attributes["VisibilityTimeout"]);
            Assert.Equal("shop", (await after.ListQueueTagsAsync(new ListQueueTagsRequest { QueueUrl = "q" })).Tags["team"]);
            var message = Assert.Single(await ReceiveAsync(after, "q"));
            Assert.Equal((sent.MessageId, "h\u00e9llo \U0001F600"), (message.MessageId, message.Body));
            Assert.Equal(sent.MD5OfMessageAttributes, message.MD5OfMessageAttributes);
            Assert.Equal("String.x", message.MessageAttributes["a"].DataType);
            Assert.Equal(new byte[] { 0, 1, 255 }, message.MessageAttributes["b"].BinaryValue.ToArray());
            Assert.Equal(("tenant", "Root=1", "1"), (message.Attributes["MessageGroupId"], message.Attributes["AWSTraceHeader"], message.Attributes["ApproximateReceiveCount"]));
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_move_task_goes_on_where_it_was(bool crash)
    {
        var first = await StartAsync(_directory);
        using var before = SocketHost.Connect(first);
        var dead = (await before.CreateQueueAsync("dead")).QueueUrl;
        var arn = (await before.GetQueueAttributesAsync(dead, ["QueueArn"])).QueueARN;
        var policy = $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":"1"}""";
        await before.CreateQueueAsync(new CreateQueueRequest("q") { Attributes = new() { ["RedrivePolicy"] = policy } });
        foreach (var body in new[] { "1", "2", "3" }) await before.SendMessageAsync("dead", body);
        await before.CreateQueueAsync("back");
        await before.StartMessageMoveTaskAsync(new StartMessageMoveTaskRequest { SourceArn = arn, DestinationArn = arn.Replace("dead", "back"), MaxNumberOfMessagesPerSecond = 1 });
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("RUNNING", (await TaskAsync(before)).Status);

        await AgainAsync(first, crash, Durability.Normal, async after =>
        {
            while ((await TaskAsync(after)).Status == "RUNNING") _time.Advance(TimeSpan.FromMilliseconds(100));
            var task = await TaskAsync(after);
            Assert.Equal(("COMPLETED", 3L), (task.Status, task.ApproximateNumberOfMessagesMoved));
            Assert.Equal(["1", "2", "3"], (await ReceiveAsync(after, "back")).Select(m => m.Body).Order());
        });

        async Task<ListMessageMoveTasksResultEntry> TaskAsync(Amazon.SQS.IAmazonSQS sqs) =>
            Assert.Single((await sqs.ListMessageMoveTasksAsync(new ListMessageMoveTasksRequest { SourceArn = arn })).Results);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Leases_delays_counts_and_handles_survive(bool crash)
    {
        var first = await StartAsync(_directory);
        using var before = SocketHost.Connect(first);
        await before.CreateQueueAsync("q");
        foreach (var body in new[] { "expired", "deleted", "held" }) await before.SendMessageAsync("q", body);
        await before.SendMessageAsync(new SendMessageRequest("q", "delayed") { DelaySeconds = 50 });
        var expired = Assert.Single(await ReceiveAsync(before, "q", 1, visibility: 5));
        var deleted = Assert.Single(await ReceiveAsync(before, "q", 1));
        var held = Assert.Single(await ReceiveAsync(before, "q", 1, visibility: 20));
        await before.ChangeMessageVisibilityAsync("q", held.ReceiptHandle, 40);
        await before.DeleteMessageAsync("q", deleted.ReceiptHandle);
        _time.Advance(TimeSpan.FromSeconds(10));

        await AgainAsync(first, crash, Durability.Normal, async after =>
        {
            var again = Assert.Single(await ReceiveAsync(after, "q"));
            Assert.Equal(("expired", "2"), (again.Body, again.Attributes["ApproximateReceiveCount"]));
            Assert.NotEqual(expired.ReceiptHandle, again.ReceiptHandle);
            // The old handle is stale, and stays so after a restart.
            await after.DeleteMessageAsync("q", expired.ReceiptHandle);
            await after.ChangeMessageVisibilityAsync("q", expired.ReceiptHandle, 0);
            Assert.Empty(await ReceiveAsync(after, "q"));
            _time.Advance(TimeSpan.FromSeconds(29));
            await after.DeleteMessageAsync("q", again.ReceiptHandle);
            Assert.Empty(await ReceiveAsync(after, "q"));
            await after.ChangeMessageVisibilityAsync("q", held.ReceiptHandle, 30);
            _time.Advance(TimeSpan.FromSeconds(11));
            Assert.Equal(["delayed"], (await ReceiveAsync(after, "q")).Select(m => m.Body));
            await after.DeleteMessageAsync("q", held.ReceiptHandle);
            _time.Advance(TimeSpan.FromHours(1));
            Assert.Equal(["delayed"], (await ReceiveAsync(after, "q")).Select(m => m.Body));
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fifo_order_locks_deduplication_and_attempts_survive(bool crash)
    {
        var first = await StartAsync(_directory);
        using var before = SocketHost.Connect(first);
        await before.CreateQueueAsync(new CreateQueueRequest("q.fifo") { Attributes = new() { ["FifoQueue"] = "true" } });
        SendMessageRequest Message(string body) => new("q.fifo", body) { MessageGroupId = "g", MessageDeduplicationId = body };
        foreach (var body in new[] { "1", "2", "3" }) await before.SendMessageAsync(Message(body));
        var gone = await before.SendMessageAsync(Message("0"));
        var two = await ReceiveAsync(before, "q.fifo", 2, visibility: 30, attempt: "try");

        await AgainAsync(first, crash, Durability.Normal, async after =>
        {
            Assert.Equal(gone.MessageId, (await after.SendMessageAsync(Message("0"))).MessageId);
            Assert.Empty(await ReceiveAsync(after, "q.fifo", 10));
            Assert.Equal(two.Select(m => m.ReceiptHandle), (await ReceiveAsync(after, "q.fifo", 2, visibility: 30, attempt: "try")).Select(m => m.ReceiptHandle));
            await after.DeleteMessageAsync("q.fifo", two[0].ReceiptHandle);
            await after.ChangeMessageVisibilityAsync("q.fifo", two[1].ReceiptHandle, 0);
            var rest = await ReceiveAsync(after, "q.fifo", 10);
            Assert.Equal(["2", "3", "0"], rest.Select(m => m.Body));
            var newest = await after.SendMessageAsync(Message("4"));
            Assert.True(string.CompareOrdinal(newest.SequenceNumber, gone.SequenceNumber) > 0);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dead_letter_move_a_purge_and_a_deleted_queue_survive(bool crash)
    {
        var first = await StartAsync(_directory);
        using var before = SocketHost.Connect(first);
        await before.CreateQueueAsync("dead");
        await before.CreateQueueAsync(new CreateQueueRequest("q")
        {
            Attributes = new() { ["RedrivePolicy"] = """{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}""" },
        });
        await before.SendMessageAsync("q", "poison");
        await ReceiveAsync(before, "q", visibility: 0);
        Assert.Empty(await ReceiveAsync(before, "q"));
        await before.CreateQueueAsync("purged");
        await before.SendMessageAsync("purged", "x");
        await before.PurgeQueueAsync("purged");
        await before.SendMessageAsync("purged", "after");
        await before.CreateQueueAsync("gone");
        await before.DeleteQueueAsync("gone");

        await AgainAsync(first, crash, Durability.Normal, async after =>
        {
            Assert.Empty(await ReceiveAsync(after, "q"));
            var moved = Assert.Single(await ReceiveAsync(after, "dead"));
            Assert.Equal(("poison", "2"), (moved.Body, moved.Attributes["ApproximateReceiveCount"]));
            Assert.EndsWith(":q", moved.Attributes["DeadLetterQueueSourceArn"], StringComparison.Ordinal);
            Assert.Equal(["after"], (await ReceiveAsync(after, "purged")).Select(m => m.Body));
            await Assert.ThrowsAsync<PurgeQueueInProgressException>(() => after.PurgeQueueAsync("purged"));
            await Assert.ThrowsAsync<QueueDoesNotExistException>(() => after.GetQueueUrlAsync("gone"));
        });
    }

    [Fact]
    public async Task The_order_of_a_standard_queue_survives()
    {
        var first = await StartAsync(_directory);
        using var before = SocketHost.Connect(first);
        await before.CreateQueueAsync("q");
        foreach (var body in new[] { "1", "2", "3" }) await before.SendMessageAsync("q", body);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ReceiveAsync(before, "q", 1, visibility: 0);
        await AgainAsync(first, crash: false, Durability.Normal, async after =>
            Assert.Equal(["2", "3", "1"], (await ReceiveAsync(after, "q")).Select(m => m.Body)));
    }

    [Fact]
    public async Task A_handle_of_a_deleted_message_never_fits_a_later_one()
    {
        var first = await StartAsync(_directory);
        using var before = SocketHost.Connect(first);
        await before.CreateQueueAsync("q");
        await before.SendMessageAsync("q", "old");
        var old = Assert.Single(await ReceiveAsync(before, "q"));
        await before.DeleteMessageAsync("q", old.ReceiptHandle);
        await AgainAsync(first, crash: false, Durability.Normal, async after =>
        {
            await after.SendMessageAsync("q", "new");
            await ReceiveAsync(after, "q", visibility: 600);
            await after.DeleteMessageAsync("q", old.ReceiptHandle);
            Assert.Equal("1", (await after.GetQueueAttributesAsync("q", ["All"])).Attributes["ApproximateNumberOfMessagesNotVisible"]);
        });
    }

    private static async Task<List<Message>> ReceiveAsync(Amazon.SQS.IAmazonSQS sqs, string queue, int max = 10, int? visibility = 100, string? attempt = null) =>
        (await sqs.ReceiveMessageAsync(new ReceiveMessageRequest(queue)
        {
            MaxNumberOfMessages = max,
            VisibilityTimeout = visibility,
            ReceiveRequestAttemptId = attempt,
            MessageSystemAttributeNames = ["All"],
            MessageAttributeNames = ["All"],
        })).Messages ?? [];

    private Task<LocalSqsServer> StartAsync(TemporaryDirectory directory, Durability durability = Durability.Normal) =>
        LocalSqsServer.StartAsync(new() { Port = 0, DataFile = directory.File("queues.db"), Durability = durability, Queues = new() { TimeProvider = _time } });

    /// <summary>Opens the data again: after a stop, or as a crash at this moment would have left it.</summary>
    private async Task AgainAsync(LocalSqsServer first, bool crash, Durability durability, Func<Amazon.SQS.IAmazonSQS, Task> check)
    {
        using var crashed = crash ? _directory.Copy() : null;
        await first.DisposeAsync();
        await using var second = await StartAsync(crashed ?? _directory, durability);
        using var client = SocketHost.Connect(second);
        await check(client);
    }
}
