using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class DeleteMessage : QueueRequest
{
    internal string? ReceiptHandle { get; set; }

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        if (string.IsNullOrEmpty(ReceiptHandle)) return new ErrorResponse(SqsError.Missing("ReceiptHandle"));
        return queue.Delete([ReceiptHandle])[0] is { } error ? new ErrorResponse(error) : EmptyResponse.Instance;
    }
}
