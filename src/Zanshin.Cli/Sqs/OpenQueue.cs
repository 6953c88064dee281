using System.Globalization;
using Amazon.SQS;
using Amazon.SQS.Model;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Cli.Sqs;

/// <summary>A queue that was found, and the calls to it. Thread-safe.</summary>
internal sealed class OpenQueue(SqsCalls calls, string name, string url) : IDisposable
{
    /// <summary>SQS takes that many in one call.</summary>
    public const int Batch = 10;

    /// <summary>How many calls of one kind are under way at once.</summary>
    public const int AtOnce = 8;

    private static readonly List<string> All = ["All"];

    public string Name => name;

    public string Url => url;

    public bool Fifo => name.EndsWith(".fifo", StringComparison.Ordinal);

    public SqsCalls Calls => calls;

    /// <param name="text">Its name, URL or ARN.</param>
    /// <exception cref="Refusal">There is no such queue, or SQS cannot be asked.</exception>
    public static async Task<OpenQueue> FindAsync(SqsPlace place, string text, CancellationToken cancel)
    {
        QueueReference reference = QueueReference.Read(text);
        var calls = new SqsCalls(place.Client(reference), TimeProvider.System);
        try
        {
            return new(calls, reference.Name, reference.Url ?? await UrlAsync(calls, reference, cancel));
        }
        catch
        {
            calls.Dispose();
            throw;
        }
    }

    public static async Task<string> UrlAsync(SqsCalls calls, QueueReference queue, CancellationToken cancel) => (await calls.AskAsync(
        $"find queue '{queue.Name}'",
        (client, limit) => client.GetQueueUrlAsync(new GetQueueUrlRequest { QueueName = queue.Name, QueueOwnerAWSAccountId = queue.Account }, limit),
        cancel: cancel)).QueueUrl;

    public async Task<QueueFacts> FactsAsync(CancellationToken cancel = default) => QueueFacts.Of((await calls.AskAsync(
        $"read the attributes of queue '{name}'",
        (client, limit) => client.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = url, AttributeNames = All }, limit),
        cancel: cancel)).Attributes ?? []);

    /// <summary>Not cancellable: what an abandoned receive has taken would stay invisible.</summary>
    public async Task<List<SqsMessage>> ReceiveAsync(int max, TimeSpan wait, TimeSpan visibility)
    {
        var request = new ReceiveMessageRequest
        {
            QueueUrl = url,
            MaxNumberOfMessages = max,
            WaitTimeSeconds = (int)wait.TotalSeconds,
            VisibilityTimeout = (int)visibility.TotalSeconds,
            MessageSystemAttributeNames = All,
            MessageAttributeNames = All,
            // A repeated call gets what the lost answer held: the groups would stay locked otherwise.
            ReceiveRequestAttemptId = Fifo ? Guid.NewGuid().ToString() : null,
        };
        return (await calls.AskAsync($"hand out messages of queue '{name}'", (client, limit) => client.ReceiveMessageAsync(request, limit), wait)).Messages ?? [];
    }

    /// <returns>For each handle why it could not be deleted; null: it is.</returns>
    public Task<string?[]> DeleteAsync(IReadOnlyList<string> handles) => HandleBatches.RunAsync(calls, handles, async (client, some, limit) =>
    {
        List<DeleteMessageBatchRequestEntry> entries = [.. some.Select(static (handle, i) => new DeleteMessageBatchRequestEntry(Id(i), handle))];
        DeleteMessageBatchResponse answer = await client.DeleteMessageBatchAsync(new DeleteMessageBatchRequest { QueueUrl = url, Entries = entries }, limit);
        return (answer.Successful?.ConvertAll(static e => e.Id), answer.Failed);
    });

    /// <returns>For each handle why its visibility could not be changed; null: it is.</returns>
    public Task<string?[]> ChangeVisibilityAsync(IReadOnlyList<string> handles, TimeSpan visibility) => HandleBatches.RunAsync(calls, handles, async (client, some, limit) =>
    {
        List<ChangeMessageVisibilityBatchRequestEntry> entries =
            [.. some.Select((handle, i) => new ChangeMessageVisibilityBatchRequestEntry(Id(i), handle) { VisibilityTimeout = (int)visibility.TotalSeconds })];
        ChangeMessageVisibilityBatchResponse answer =
            await client.ChangeMessageVisibilityBatchAsync(new ChangeMessageVisibilityBatchRequest { QueueUrl = url, Entries = entries }, limit);
        return (answer.Successful?.ConvertAll(static e => e.Id), answer.Failed);
    });

    public void Dispose() => calls.Dispose();

    private static string Id(int i) => i.ToString(CultureInfo.InvariantCulture);
}
