using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Tests.InProcess;

/// <summary>What a caller sees of a store that is slow, or that fails.</summary>
public sealed class SlowJournalTests : IDisposable
{
    private readonly HeldJournal _journal = new();
    private readonly LocalSqs _sqs;
    private readonly AmazonSQSClient _client;

    public SlowJournalTests()
    {
        _sqs = new(new LocalSqsOptions { TimeProvider = new ManualTime(), Seed = 1 }, _journal, epoch: 0);
        _client = LocalClients.Over(_sqs);
    }

    public void Dispose()
    {
        _client.Dispose();
        _sqs.Dispose();
    }

    [Fact]
    public async Task No_answer_leaves_before_its_commit()
    {
        await _client.CreateQueueAsync("q");
        _journal.Hold();
        var send = _client.SendMessageAsync("q", "a");
        Assert.False(send.IsCompleted);
        _journal.Release();
        await send;
        var message = Assert.Single((await _client.ReceiveMessageAsync("q")).Messages);
        _journal.Hold();
        var delete = _client.DeleteMessageAsync("q", message.ReceiptHandle);
        Assert.False(delete.IsCompleted);
        _journal.Release();
        await delete;
    }

    [Fact]
    public async Task A_poll_cancelled_between_taking_and_answering_gives_its_messages_back_at_once()
    {
        await _client.CreateQueueAsync("q");
        await _client.SendMessageAsync("q", "a");
        _journal.Hold();
        using var gone = new CancellationTokenSource();
        var poll = _client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { WaitTimeSeconds = 20 }, gone.Token);
        await gone.CancelAsync();
        _journal.Release();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
        var again = Assert.Single((await _client.ReceiveMessageAsync(new ReceiveMessageRequest("q") { MessageSystemAttributeNames = ["All"] })).Messages);
        Assert.Equal("1", again.Attributes["ApproximateReceiveCount"]);
    }

    [Fact]
    public async Task A_commit_that_fails_is_an_error_of_ours_and_gives_received_messages_back()
    {
        await _client.CreateQueueAsync("q");
        await _client.SendMessageAsync("q", "a");
        _journal.Fail("The disk is full.");
        var error = await Assert.ThrowsAsync<AmazonSQSException>(() => _client.ReceiveMessageAsync("q"));
        Assert.Equal(500, (int)error.StatusCode);
        Assert.Contains("The disk is full.", error.Message, StringComparison.Ordinal);
        _journal.Release();
        Assert.Single((await _client.ReceiveMessageAsync("q")).Messages);
    }

    private sealed class HeldJournal : IJournal
    {
        private TaskCompletionSource _gate = Open();

        public long Appended { get; private set; }

        public void Append(in JournalEntry entry) => Appended++;

        public long Failures => 0;

        public ValueTask Committed(long sequence, long failures) => new(_gate.Task);

        internal void Hold() => _gate = new();

        internal void Release()
        {
            var held = _gate;
            _gate = Open();
            held.TrySetResult();
        }

        internal void Fail(string message)
        {
            _gate = new();
            _gate.SetException(new JournalException(message));
        }

        private static TaskCompletionSource Open()
        {
            var gate = new TaskCompletionSource();
            gate.SetResult();
            return gate;
        }
    }
}
