using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class GetQueueUrl : SqsRequest
{
    internal string? QueueName { get; set; }

    internal override string? Queue => QueueName;

    internal string? QueueOwnerAWSAccountId { get; set; }

    internal override bool Changes => false;

    internal override SqsResponse Execute(ActionContext context)
    {
        if (string.IsNullOrEmpty(QueueName)) return new ErrorResponse(SqsError.Missing("QueueName"));
        var ours = string.IsNullOrEmpty(QueueOwnerAWSAccountId) || QueueOwnerAWSAccountId == context.Engine.AccountId;
        return ours && context.Engine.Find(context.Region, QueueName) is { } queue
            ? new CreateQueue.Response(context.UrlOf(queue.Identity.Name))
            : new ErrorResponse(context.NoSuchQueue(QueueName));
    }
}
