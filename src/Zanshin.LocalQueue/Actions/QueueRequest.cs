using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>A call about one queue, which it names by URL.</summary>
internal abstract class QueueRequest : SqsRequest
{
    internal string? QueueUrl { get; set; }

    // Whatever host and account the URL names: behind port mappings the caller may know us by another address.
    internal sealed override string? Queue => QueueUrl?[(QueueUrl.LastIndexOf('/') + 1)..];

    internal sealed override SqsResponse? Execute(ActionContext context)
    {
        if (string.IsNullOrEmpty(QueueUrl)) return new ErrorResponse(SqsError.Missing("QueueUrl"));
        return context.Engine.Find(context.Region, Queue!) is { } queue ? Execute(queue, context) : new ErrorResponse(context.NoSuchQueue(Queue!));
    }

    protected abstract SqsResponse? Execute(MessageQueue queue, ActionContext context);
}
