using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>Writes a statement into the queue's policy. It is kept and answered; calls are not judged by it.</summary>
internal sealed class AddPermission : QueueRequest
{
    internal string? Label { get; set; }

    internal List<string> AWSAccountIds { get; set; } = [];

    internal List<string> Actions { get; set; } = [];

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        if (Check() is { } error) return new ErrorResponse(error);
        error = queue.Set(current =>
        {
            var (policy, invalid) = PolicyStatements.Add(current.Answer(QueueAttribute.Policy), queue.Identity, Label!, AWSAccountIds, Actions);
            return (policy is null ? null : current with { Given = current.Given.SetItem(QueueAttribute.Policy, policy) }, invalid);
        });
        return error is null ? EmptyResponse.Instance : new ErrorResponse(error);
    }

    private SqsError? Check()
    {
        if (string.IsNullOrEmpty(Label)) return SqsError.Missing("Label");
        if (AWSAccountIds.Count == 0) return SqsError.Missing("AWSAccountIds");
        if (Actions.Count == 0) return SqsError.Missing("Actions");
        if (Label.Length > SqsLimits.BatchEntryIdLength || !QueueNames.IsPlain(Label))
        {
            return SqsError.Invalid("Label", Label, $"Can only include alphanumeric characters, hyphens, or underscores. 1 to {SqsLimits.BatchEntryIdLength} in length.");
        }

        if (AWSAccountIds.Find(static id => id.Length != 12 || !id.All(char.IsAsciiDigit)) is { } account)
        {
            return SqsError.Invalid("PrincipalId", $"[{account}]", "Unable to verify.");
        }

        if (Actions.Count > PolicyStatements.MostActions) return SqsError.TooManyActions();
        return Actions.Find(static a => !PolicyStatements.Shareable.Contains(a)) is { } action
            ? SqsError.Invalid("ActionName", action, "Only the queue owner is allowed to invoke this action.")
            : null;
    }
}
