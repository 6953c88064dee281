using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class SetQueueAttributes : QueueRequest
{
    internal Dictionary<string, string> Attributes { get; set; } = [];

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        if (Attributes.Count == 0) return new ErrorResponse(SqsError.Missing("Attribute.Name"));
        var error = queue.Set(current => QueueSettingsReader.Read(current, Attributes, queue.Identity.Name, context.Engine, queue.Identity.Region, creating: false));
        return error is null ? EmptyResponse.Instance : new ErrorResponse(error);
    }
}
