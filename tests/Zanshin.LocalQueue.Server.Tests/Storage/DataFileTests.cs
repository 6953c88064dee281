using System.Text;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Data.Sqlite;
using Zanshin.LocalQueue.Server.Tests.Http;
using Zanshin.LocalQueue.Tests;

namespace Zanshin.LocalQueue.Server.Tests.Storage;

/// <summary>What happens to the file itself: purged, copied, damaged, removed, and opened under another clock.</summary>
public sealed class DataFileTests : IDisposable
{
    // Only a server that does nothing ever waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ManualTime _time = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_purged_or_deleted_does_not_come_back_and_its_rows_go_bit_by_bit(bool purge)
    {
        await using (var server = await StartAsync(_directory))
        {
            using var sqs = SocketHost.Connect(server);
            foreach (var name in new[] { "q", "other" })
            {
                await sqs.CreateQueueAsync(name);
                await FillAsync(sqs, name, 1_300);
                await sqs.ReceiveMessageAsync(new ReceiveMessageRequest(name) { MaxNumberOfMessages = 10 });
            }

            if (purge) await sqs.PurgeQueueAsync("q");
            else await sqs.DeleteQueueAsync("q");
            // Killed in this moment, most rows are still there.
            using var killed = _directory.Copy();
            await using (var second = await StartAsync(killed))
            {
                using var after = SocketHost.Connect(second);
                if (purge) Assert.Equal("0", await CountAsync(after, "q"));
                else await Assert.ThrowsAsync<QueueDoesNotExistException>(() => CountAsync(after, "q"));
                Assert.Equal("1290", await CountAsync(after, "other"));
            }

            await UntilAsync(() => Rows(_directory.Copy()) == (1_300, 10));
        }

        Assert.Equal((1_300, 10), Rows(_directory.Copy()));
    }

    [Fact]
    public async Task The_file_shrinks_when_its_messages_are_gone()
    {
        await using var server = await StartAsync(_directory);
        using var sqs = SocketHost.Connect(server);
        await sqs.CreateQueueAsync("q");
        for (var i = 0; i < 30; i++) await sqs.SendMessageAsync("q", new string('x', 1_000_000));
        await UntilAsync(() => Size() > 10_000_000);
        await sqs.PurgeQueueAsync("q");
        await UntilAsync(() => Size() < 8_000_000);

        long Size() => new FileInfo(_directory.File("queues.db")).Length;
    }

    [Fact]
    public async Task A_message_whose_bytes_have_changed_is_told_kept_apart_and_not_delivered()
    {
        await using (var server = await StartAsync(_directory))
        {
            using var sqs = SocketHost.Connect(server);
            await sqs.CreateQueueAsync("q");
            await sqs.SendMessageAsync("q", "pay 100 euros");
            await sqs.SendMessageAsync(new SendMessageRequest("q", "with an attribute") { MessageAttributes = new() { ["amount"] = new() { DataType = "String", StringValue = "is 200 euros" } } });
            await sqs.SendMessageAsync("q", "sound");
        }

        var path = _directory.File("queues.db");
        var bytes = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(path));
        Assert.Contains("pay 100 euros", bytes, StringComparison.Ordinal);
        Assert.Contains("is 200 euros", bytes, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(path, Encoding.Latin1.GetBytes(bytes.Replace("pay 100", "pay 900", StringComparison.Ordinal).Replace("is 200", "is 900", StringComparison.Ordinal)));
        for (var start = 0; start < 2; start++)
        {
            await using var server = await StartAsync(_directory);
            using var sqs = SocketHost.Connect(server);
            if (start == 0) Assert.Contains("2 messages of queue 'q' are damaged", Assert.Single(server.Warnings), StringComparison.Ordinal);
            else Assert.Empty(server.Warnings);
            Assert.Equal("1", await CountAsync(sqs, "q"));
        }

        using var copy = _directory.Copy();
        Assert.Equal(2, Number(copy, "SELECT count(*) FROM damaged"));
    }

    [Fact]
    public async Task A_file_that_was_copied_in_use_without_its_log_is_refused()
    {
        await using var server = await StartAsync(_directory);
        using var sqs = SocketHost.Connect(server);
        await sqs.CreateQueueAsync("q");
        await sqs.SendMessageAsync("q", "a");
        using var copy = _directory.Copy();
        File.Delete(copy.File("queues.db-wal"));
        var refused = await Assert.ThrowsAsync<LocalSqsException>(() => StartAsync(copy));
        Assert.Contains("was copied while it was in use, without its log 'queues.db-wal'", refused.Message, StringComparison.Ordinal);

        // As the sentence says.
        await File.WriteAllBytesAsync(copy.File("queues.db-wal"), []);
        await using var old = await StartAsync(copy);
    }

    [Fact]
    public async Task A_log_without_its_file_is_not_thrown_away()
    {
        await using var server = await StartAsync(_directory);
        using var sqs = SocketHost.Connect(server);
        await sqs.CreateQueueAsync("q");
        using var copy = _directory.Copy();
        File.Delete(copy.File("queues.db"));
        var refused = await Assert.ThrowsAsync<LocalSqsException>(() => StartAsync(copy));
        Assert.Contains("is missing, and its log 'queues.db-wal' is there", refused.Message, StringComparison.Ordinal);
        Assert.True(new FileInfo(copy.File("queues.db-wal")).Length > 0);
    }

    [Fact]
    public async Task A_clean_stop_leaves_one_file_that_can_be_copied()
    {
        await using (var server = await StartAsync(_directory))
        {
            using var sqs = SocketHost.Connect(server);
            await sqs.CreateQueueAsync("q");
            await sqs.SendMessageAsync("q", "a");
        }

        Assert.False(File.Exists(_directory.File("queues.db-wal")));
        using var copy = new TemporaryDirectory();
        File.Copy(_directory.File("queues.db"), copy.File("queues.db"));
        await using var again = await StartAsync(copy);
        using var after = SocketHost.Connect(again);
        Assert.Equal("1", await CountAsync(after, "q"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_acknowledged_into_a_file_that_was_removed_or_replaced(bool replaced)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "An open file cannot be removed here, or nobody can tell.");
        await using var server = await StartAsync(_directory);
        using var sqs = SocketHost.Connect(server);
        await sqs.CreateQueueAsync("q");
        await sqs.SendMessageAsync("q", "before");
        if (replaced) File.Move(_directory.File("queues.db"), _directory.File("moved.db"));
        else File.Delete(_directory.File("queues.db"));
        var refused = await Assert.ThrowsAnyAsync<AmazonSQSException>(() => sqs.SendMessageAsync("q", "after"));
        Assert.Equal(500, (int)refused.StatusCode);
        Assert.Contains("was removed or replaced", refused.Message, StringComparison.Ordinal);
        Assert.Equal("1", await CountAsync(sqs, "q"));
    }

    [Theory]
    [InlineData(-3_600)]
    [InlineData(30 * 86_400)]
    public async Task Another_wall_clock_at_the_next_start_holds_nothing_up_and_drops_nothing(int seconds)
    {
        await using (var server = await StartAsync(_directory))
        {
            using var sqs = SocketHost.Connect(server);
            await sqs.CreateQueueAsync("q");
            await sqs.SendMessageAsync("q", "leased");
            await sqs.ReceiveMessageAsync(new ReceiveMessageRequest("q") { VisibilityTimeout = 30 });
        }

        _time.SetWall(TimeSpan.FromSeconds(seconds));
        for (var start = 0; start < 2; start++)
        {
            await using var server = await StartAsync(_directory);
            using var sqs = SocketHost.Connect(server);
            _time.Advance(TimeSpan.FromSeconds(31));
            var message = Assert.Single((await sqs.ReceiveMessageAsync(new ReceiveMessageRequest("q") { VisibilityTimeout = 0, MessageSystemAttributeNames = ["All"] })).Messages);
            Assert.InRange(long.Parse(message.Attributes["SentTimestamp"]), 0, _time.GetUtcNow().ToUnixTimeMilliseconds());
        }
    }

    private Task<LocalSqsServer> StartAsync(TemporaryDirectory directory) =>
        LocalSqsServer.StartAsync(new() { Port = 0, DataFile = directory.File("queues.db"), Queues = new() { TimeProvider = _time } });

    private static async Task FillAsync(AmazonSQSClient sqs, string queue, int messages)
    {
        for (var i = 0; i < messages; i += 10)
            await sqs.SendMessageBatchAsync(queue, [.. Enumerable.Range(0, 10).Select(n => new SendMessageBatchRequestEntry($"{n}", $"{i + n}"))]);
    }

    private static async Task<string> CountAsync(AmazonSQSClient sqs, string queue) =>
        (await sqs.GetQueueAttributesAsync(queue, ["All"])).Attributes["ApproximateNumberOfMessages"];

    // A copy that the caller gives away.
    private static (long Messages, long Leases) Rows(TemporaryDirectory copy)
    {
        using (copy) return (Number(copy, "SELECT count(*) FROM message"), Number(copy, "SELECT count(*) FROM lease"));
    }

    private static long Number(TemporaryDirectory directory, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={directory.File("queues.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience, "Not so in time.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }
}
