using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.LocalQueue.Engine;
using Zanshin.LocalQueue.Server.Tests.Http;

namespace Zanshin.LocalQueue.Server.Tests.Storage;

using Message = Amazon.SQS.Model.Message;

public sealed class FullDiskTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_full_disk_is_an_error_and_loses_nothing_acknowledged_and_room_makes_it_work_again()
    {
        var acknowledged = new List<string>();
        await using (var server = await StartAsync(maxPageCount: 120))
        {
            using var sqs = SocketHost.Connect(server);
            await sqs.CreateQueueAsync("q");
            var full = await FillAsync(sqs, acknowledged);
            Assert.Equal(500, (int)full.StatusCode);
            Assert.Contains("no room", full.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<AmazonSQSException>(() => SendAsync(sqs, "refused"));

            // Deleting makes room; what was refused is not there.
            var messages = await ReceiveAllAsync(sqs);
            Assert.Equal(acknowledged, messages.Select(Name).Order(StringComparer.Ordinal));
            foreach (var message in messages.Take(20))
            {
                await sqs.DeleteMessageAsync("q", message.ReceiptHandle);
                acknowledged.Remove(Name(message));
            }

            await SendAsync(sqs, "z-again");
            acknowledged.Add("z-again");
        }

        await using var later = await StartAsync(maxPageCount: null);
        using var after = SocketHost.Connect(later);
        foreach (var message in await ReceiveAllAsync(after)) acknowledged.Remove(Name(message));
        // Those still leased from before are there too; they are counted, not received.
        var counts = (await after.GetQueueAttributesAsync("q", ["All"])).Attributes;
        Assert.Equal(acknowledged.Count + 1, int.Parse(counts["ApproximateNumberOfMessagesNotVisible"]));
    }

    [Fact]
    public async Task A_refused_send_leaves_no_deduplication_id_behind()
    {
        await using var server = await StartAsync(maxPageCount: 120);
        using var sqs = SocketHost.Connect(server);
        await sqs.CreateQueueAsync("q");
        await sqs.CreateQueueAsync(new CreateQueueRequest("q.fifo") { Attributes = new() { ["FifoQueue"] = "true" } });
        await FillAsync(sqs, []);
        SendMessageRequest Fifo() => new("q.fifo", new string('f', 9000)) { MessageGroupId = "g", MessageDeduplicationId = "d" };
        await Assert.ThrowsAsync<AmazonSQSException>(() => sqs.SendMessageAsync(Fifo()));
        foreach (var message in (await ReceiveAllAsync(sqs)).Take(20)) await sqs.DeleteMessageAsync("q", message.ReceiptHandle);
        var sent = await sqs.SendMessageAsync(Fifo());
        var received = Assert.Single((await sqs.ReceiveMessageAsync("q.fifo")).Messages);
        Assert.Equal(sent.MessageId, received.MessageId);
    }

    [Fact]
    public async Task A_send_whose_transaction_failed_before_it_waited_is_not_acknowledged_by_the_next()
    {
        await using var server = await StartAsync(maxPageCount: 120);
        using var sqs = SocketHost.Connect(server);
        await sqs.CreateQueueAsync("q");
        await FillAsync(sqs, []);
        var journal = server.Sqs.Engine.Journal;
        var failures = journal.Failures;
        var body = new byte[9000];
        server.Sqs.Engine.Find("q")!.Send([new() { Body = body, BodyMd5 = Md5Digest.Of(body) }]);
        var sequence = journal.Appended;
        // Another call's wait starts the transaction, which fails; then there is room, and the next one succeeds.
        await Assert.ThrowsAsync<JournalException>(async () => await journal.Committed(sequence, failures));
        foreach (var message in (await ReceiveAllAsync(sqs)).Take(20)) await sqs.DeleteMessageAsync("q", message.ReceiptHandle);
        await Assert.ThrowsAsync<JournalException>(async () => await journal.Committed(sequence, failures));
    }

    private static async Task<AmazonSQSException> FillAsync(AmazonSQSClient sqs, List<string> acknowledged)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await SendAsync(sqs, $"m-{i:000}");
                acknowledged.Add($"m-{i:000}");
            }
            catch (AmazonSQSException e)
            {
                Assert.True(i > 20);
                return e;
            }
        }
    }

    private static Task<SendMessageResponse> SendAsync(AmazonSQSClient sqs, string name) => sqs.SendMessageAsync("q", name + new string('.', 9000));

    private static string Name(Message message) => message.Body.TrimEnd('.');

    private static async Task<List<Message>> ReceiveAllAsync(AmazonSQSClient sqs)
    {
        var all = new List<Message>();
        while ((await sqs.ReceiveMessageAsync(new ReceiveMessageRequest("q") { MaxNumberOfMessages = 10, VisibilityTimeout = 3600 })).Messages is { Count: > 0 } some) all.AddRange(some);
        return all;
    }

    private Task<LocalSqsServer> StartAsync(int? maxPageCount) =>
        LocalSqsServer.StartAsync(new() { Port = 0, DataFile = _directory.File("queues.db"), MaxPageCount = maxPageCount });
}
