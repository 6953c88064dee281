using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

internal sealed class ChangeMessageVisibility : QueueRequest
{
    internal string? ReceiptHandle { get; set; }

    internal int? VisibilityTimeout { get; set; }

    protected override SqsResponse Execute(MessageQueue queue, ActionContext context)
    {
        if (Check(ReceiptHandle, VisibilityTimeout) is { } invalid) return new ErrorResponse(invalid);
        return queue.ChangeVisibility([(ReceiptHandle!, VisibilityTimeout!.Value)])[0] is { } error ? new ErrorResponse(error) : EmptyResponse.Instance;
    }

    /// <summary>The checks that need no queue; a batch makes them for each entry.</summary>
    internal static SqsError? Check(string? handle, int? timeout)
    {
        if (string.IsNullOrEmpty(handle)) return SqsError.Missing("ReceiptHandle");
        if (timeout is null) return SqsError.Missing("VisibilityTimeout");
        return timeout is < 0 or > SqsLimits.VisibilitySeconds
            ? SqsError.Invalid("VisibilityTimeout", timeout, $"VisibilityTimeout must be an integer between 0 and {SqsLimits.VisibilitySeconds}.")
            : null;
    }
}
