using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class RemovePermission : QueueRequest
{
    internal string? Label { get; set; }

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        if (string.IsNullOrEmpty(Label)) return new ErrorResponse(SqsError.Missing("Label"));
        var error = queue.Set(current =>
        {
            var (policy, invalid) = PolicyStatements.Remove(current.Answer(QueueAttribute.Policy), Label);
            return (policy is null ? null : current with { Given = current.Given.SetItem(QueueAttribute.Policy, policy) }, invalid);
        });
        return error is null ? EmptyResponse.Instance : new ErrorResponse(error);
    }
}
