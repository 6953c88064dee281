using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class PurgeQueue : QueueRequest
{
    protected override SqsResponse Execute(MessageQueue queue, ActionContext context) =>
        queue.Purge() is { } error ? new ErrorResponse(error) : EmptyResponse.Instance;
}
