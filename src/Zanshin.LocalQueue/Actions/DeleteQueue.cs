using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class DeleteQueue : QueueRequest
{
    protected override SqsResponse Execute(MessageQueue queue, ActionContext context) =>
        context.Engine.Delete(queue) ? EmptyResponse.Instance : new ErrorResponse(SqsError.NoSuchQueue());
}
