using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace Zanshin.Bench.Harness;

/// <summary>Queues, and messages on them.</summary>
internal sealed class Backlog(string endpoint) : IDisposable
{
    private const int SendersAtOnce = 4;
    private static readonly string Padding = new('x', 200);

    private readonly AmazonSQSClient _client = Clients.Create(endpoint);

    public async Task<string> CreateAsync(string name, TimeSpan visibility) => (await _client.CreateQueueAsync(new CreateQueueRequest
    {
        QueueName = name,
        Attributes = new() { ["VisibilityTimeout"] = visibility.TotalSeconds.ToString(CultureInfo.InvariantCulture) },
    })).QueueUrl;

    /// <summary>Sends messages of some 200 bytes, in tens.</summary>
    public async Task FillAsync(string url, int messages)
    {
        int sent = 0;
        await Task.WhenAll(Enumerable.Range(0, SendersAtOnce).Select(_ => SendAsync()));

        async Task SendAsync()
        {
            while (Interlocked.Add(ref sent, 10) is var upTo && upTo - 10 < messages)
                await SendTenAsync(url, upTo - 10, Math.Min(10, messages - upTo + 10));
        }
    }

    public async Task<int> DepthAsync(string url)
    {
        GetQueueAttributesResponse counts = await _client.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = url, AttributeNames = ["All"] });
        return counts.ApproximateNumberOfMessages + counts.ApproximateNumberOfMessagesNotVisible;
    }

    public Task DeleteAsync(string url) => _client.DeleteQueueAsync(url);

    public void Dispose() => _client.Dispose();

    private async Task SendTenAsync(string url, int first, int count)
    {
        List<SendMessageBatchRequestEntry> entries = [.. Enumerable.Range(first, count).Select(static n => new SendMessageBatchRequestEntry
        {
            Id = n.ToString(CultureInfo.InvariantCulture),
            MessageBody = string.Create(CultureInfo.InvariantCulture, $$"""{"number":{{n}},"text":"{{Padding}}"}"""),
        })];
        SendMessageBatchResponse answer = await _client.SendMessageBatchAsync(new SendMessageBatchRequest { QueueUrl = url, Entries = entries });
        if (answer.Failed is { Count: > 0 } failed)
            throw new InvalidOperationException($"The queue refuses messages: {failed[0].Message}");
    }
}
