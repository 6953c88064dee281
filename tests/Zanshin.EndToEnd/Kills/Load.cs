using System.Globalization;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Zanshin.EndToEnd.Kills;

using Message = Amazon.SQS.Model.Message;

/// <summary>
/// One client of a queue that sends ten, receives ten, and deletes, holds, hides or forgets what it got, again and again, also while the
/// queue is away. It tells the ledger all it was answered.
/// </summary>
/// <remarks>Its fields belong to its one loop.</remarks>
internal sealed class Load(string endpoint, string queue, string name, bool fifo, Ledger ledger, int seed) : IDisposable
{
    private const int MostOpen = 200;
    private static readonly TimeSpan s_visibility = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan s_longer = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(30);

    private readonly Random _random = new(seed);
    private readonly List<Message> _held = [];
    private readonly AmazonSQSClient _client = new(
        new BasicAWSCredentials("local", "local"),
        new AmazonSQSConfig { ServiceURL = endpoint, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, Timeout = TimeSpan.FromSeconds(10) });

    private List<SendMessageBatchRequestEntry> _unsent = [];
    private List<SendMessageBatchRequestEntry> _sent = [];
    private int _number;

    public async Task RunAsync(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            try
            {
                // A group that is locked must not pile up more than can be worked in the end.
                if (ledger.Open(name) < MostOpen)
                    await SendAsync();
                await WorkAsync();
            }
            catch (Exception exception) when (exception is AmazonClientException or HttpRequestException or TaskCanceledException)
            {
                await Task.Delay(s_pause, TimeProvider.System, CancellationToken.None);
            }
        }
    }

    /// <summary>Receives and deletes until nothing is left, in flight and delayed neither.</summary>
    public async Task DrainAsync()
    {
        await Poll.UntilAsync($"{queue} is empty", async () =>
        {
            await DeleteAsync(await ReceiveAsync());
            GetQueueAttributesResponse counts = await _client.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = queue, AttributeNames = ["All"] });
            return counts is { ApproximateNumberOfMessages: 0, ApproximateNumberOfMessagesNotVisible: 0, ApproximateNumberOfMessagesDelayed: 0 };
        });
    }

    public void Dispose() => _client.Dispose();

    private async Task SendAsync()
    {
        // On a FIFO queue what may not have been sent is sent again, and now and then what certainly was: it stays one message.
        bool again = fifo && _unsent.Count == 0 && _sent.Count > 0 && _random.Next(5) == 0;
        List<SendMessageBatchRequestEntry> entries = again ? _sent : _unsent.Count > 0 ? _unsent : Next();
        if (!again && fifo)
            _unsent = entries;
        SendMessageBatchResponse answer = await _client.SendMessageBatchAsync(queue, entries);
        foreach (SendMessageBatchResultEntry sent in answer.Successful)
            ledger.Sent(entries.Single(e => e.Id == sent.Id).MessageBody, sent.MessageId);
        (_unsent, _sent) = ([], entries);
    }

    private List<SendMessageBatchRequestEntry> Next()
    {
        List<SendMessageBatchRequestEntry> entries = [];
        for (int i = _random.Next(1, 11); i > 0; i--)
        {
            string body = Ledger.Body(name, _number++);
            int delay = !fifo && _random.Next(10) == 0 ? 2 : 0;
            ledger.Sending(body, TimeSpan.FromSeconds(delay));
            entries.Add(new SendMessageBatchRequestEntry($"{i}", body)
            {
                DelaySeconds = delay == 0 ? null : delay,
                MessageGroupId = fifo ? name : null,
                MessageDeduplicationId = fifo ? body.Replace('/', '-') : null,
            });
        }
        return entries;
    }

    private async Task WorkAsync()
    {
        List<Message> received = await ReceiveAsync();
        List<Message> done = [];
        foreach (Message message in received)
        {
            switch (_random.Next(fifo ? 40 : 12))
            {
                case 0: // is forgotten, and comes again
                    break;
                case 1:
                    _held.Add(message);
                    break;
                case 2:
                    await HideAsync(message);
                    _held.Add(message);
                    break;
                default:
                    done.Add(message);
                    break;
            }
        }
        // Those held are deleted later: often by a handle from before a kill.
        if (_random.Next(8) == 0)
        {
            done.AddRange(_held);
            _held.Clear();
        }
        await DeleteAsync(done);
    }

    private async Task<List<Message>> ReceiveAsync()
    {
        DateTimeOffset askedAt = TimeProvider.System.GetUtcNow();
        ReceiveMessageResponse answer = await _client.ReceiveMessageAsync(new ReceiveMessageRequest(queue)
        {
            MaxNumberOfMessages = 10,
            VisibilityTimeout = (int)s_visibility.TotalSeconds,
            WaitTimeSeconds = 0,
            MessageSystemAttributeNames = ["ApproximateReceiveCount"],
        });
        List<Message> messages = answer.Messages ?? [];
        if (fifo)
            ledger.InOrder(messages);
        ledger.Received(messages, askedAt, s_visibility);
        return messages;
    }

    private async Task HideAsync(Message message)
    {
        DateTimeOffset askedAt = TimeProvider.System.GetUtcNow();
        await _client.ChangeMessageVisibilityAsync(queue, message.ReceiptHandle, (int)s_longer.TotalSeconds);
        ledger.Hidden(message.Body, askedAt, s_longer);
    }

    private async Task DeleteAsync(List<Message> messages)
    {
        foreach (Message[] ten in messages.Chunk(10))
        {
            foreach (Message message in ten)
                ledger.Deleting(message.Body);
            DeleteMessageBatchResponse answer = await _client.DeleteMessageBatchAsync(queue, [.. ten.Select(static (m, i) => new DeleteMessageBatchRequestEntry($"{i}", m.ReceiptHandle))]);
            foreach (DeleteMessageBatchResultEntry done in answer.Successful ?? [])
                ledger.Deleted(ten[int.Parse(done.Id, CultureInfo.InvariantCulture)].Body);
        }
    }
}
