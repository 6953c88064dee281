using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class TagQueue : QueueRequest
{
    internal Dictionary<string, string> Tags { get; set; } = [];

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        if (Tags.Count == 0) return new ErrorResponse(SqsError.Missing("Tags"));
        var error = queue.Tag(current => TagChecks.Add(current, Tags));
        return error is null ? EmptyResponse.Instance : new ErrorResponse(error);
    }
}
