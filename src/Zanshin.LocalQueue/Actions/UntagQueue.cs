using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class UntagQueue : QueueRequest
{
    internal List<string> TagKeys { get; set; } = [];

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        if (TagKeys.Count == 0) return new ErrorResponse(SqsError.Missing("TagKeys"));
        var error = queue.Tag(current => (current.RemoveRange(TagKeys), null));
        return error is null ? EmptyResponse.Instance : new ErrorResponse(error);
    }
}
