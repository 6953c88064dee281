using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class ListQueueTags : QueueRequest
{
    internal override bool Changes => false;

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context) => new Response(queue.Settings.Tags);

    internal sealed class Response(IReadOnlyDictionary<string, string> tags) : SqsResponse
    {
        internal IReadOnlyDictionary<string, string> Tags => tags;
    }
}
