using System.Globalization;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Bench.Harness;

/// <summary>
/// A queue without an SDK behind it: always full, answers at once with messages that are made already. What is left to measure is
/// the code of its caller. Thread-safe.
/// </summary>
internal sealed class StubSqs() : AmazonSQSClient(
    new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = Url, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 })
{
    public const string Url = "http://localhost:1/000000000000/stub";

    // More than are ever in flight: a message is handed out again only long after it was deleted.
    private static readonly SqsMessage[] Messages = [.. Enumerable.Range(0, 16_384).Select(static n => new SqsMessage
    {
        MessageId = Guid.NewGuid().ToString(),
        ReceiptHandle = $"handle-{n}",
        Body = "{}",
        Attributes = new() { ["ApproximateReceiveCount"] = "1", ["SentTimestamp"] = "1700000000000" },
    })];

    // By the number of entries; ids are positions, as the worker and the hand-written loop name them.
    private static readonly List<DeleteMessageBatchResultEntry>[] Deleted = [.. Enumerable.Range(0, 11).Select(static count =>
        Enumerable.Range(0, count).Select(static i => new DeleteMessageBatchResultEntry { Id = i.ToString(CultureInfo.InvariantCulture) }).ToList())];

    private static readonly List<ChangeMessageVisibilityBatchResultEntry>[] Changed = [.. Enumerable.Range(0, 11).Select(static count =>
        Enumerable.Range(0, count).Select(static i => new ChangeMessageVisibilityBatchResultEntry { Id = i.ToString(CultureInfo.InvariantCulture) }).ToList())];

    private int _next;

    public override async Task<ReceiveMessageResponse> ReceiveMessageAsync(ReceiveMessageRequest request, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        int count = request.MaxNumberOfMessages ?? 1;
        int first = Interlocked.Add(ref _next, count) - count;
        var messages = new List<SqsMessage>(count);
        for (int i = 0; i < count; i++)
            messages.Add(Messages[(first + i) & (Messages.Length - 1)]);
        return new() { Messages = messages };
    }

    public override async Task<DeleteMessageBatchResponse> DeleteMessageBatchAsync(DeleteMessageBatchRequest request, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        return new() { Successful = Deleted[request.Entries.Count] };
    }

    // Completed at once, so that whoever renews leases goes on where it stands.
    public override Task<ChangeMessageVisibilityBatchResponse> ChangeMessageVisibilityBatchAsync(
        ChangeMessageVisibilityBatchRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ChangeMessageVisibilityBatchResponse { Successful = Changed[request.Entries.Count] });

    public override Task<GetQueueAttributesResponse> GetQueueAttributesAsync(GetQueueAttributesRequest request, CancellationToken cancellationToken = default) =>
        Task.FromResult(new GetQueueAttributesResponse
        {
            Attributes = new() { ["QueueArn"] = "arn:aws:sqs:us-east-1:000000000000:stub", ["VisibilityTimeout"] = "30" },
        });
}
