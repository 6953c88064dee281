using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;
using Zanshin.LocalQueue.Protocol;

namespace Zanshin.Testing.Faults;

/// <summary>The names a rule may use, so that a misspelt one is an error and not a rule that never strikes.</summary>
internal static class Known
{
    // Names and statuses: SQS's service model and the common errors of its API reference.
    private static readonly SqsError[] s_errors =
    [
        new("RequestThrottled", "RequestThrottled", "Request is throttled.", 403),
        new("ThrottlingException", "ThrottlingException", "Rate exceeded"),
        SqsError.OverLimit(),
        SqsError.Unavailable("We encountered an internal error. Please try again."),
        new("ServiceUnavailable", "ServiceUnavailable", "Service is temporarily unavailable.", 503, SenderFault: false),
        new("AccessDeniedException", "AccessDenied", "Access to the resource is denied.", 403),
        new("ExpiredTokenException", "ExpiredToken", "The security token included in the request is expired", 403),
        new("InvalidClientTokenId", "InvalidClientTokenId", "The security token included in the request is invalid.", 403),
        SqsError.BadSignature("The request signature we calculated does not match the signature you provided."),
        SqsError.NoSuchQueue(),
        SqsError.DeletedRecently(),
        SqsError.PurgeInProgress("the queue"),
        SqsError.NotAHandle(""),
        new("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", "The specified message is not in flight."),
        SqsError.Contents(),
        SqsError.Invalid("A parameter is invalid."),
        new("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", "Unsupported operation."),
        new("KmsThrottled", "KMS.ThrottlingException", "Rate exceeded"),
        new("KmsAccessDenied", "KMS.AccessDeniedException", "The caller has no access to the key."),
        new("KmsDisabled", "KMS.DisabledException", "The key is disabled."),
    ];

    public static string Action(string action)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(action);
        return JsonProtocol.Knows(action)
            ? action
            : throw new ArgumentException($"SQS has no action '{action}': name it as the API does, such as ReceiveMessage or DeleteMessageBatch (case counts), or use OnAny for all.", nameof(action));
    }

    public static string? Queue(string? queue)
    {
        if (queue is null || QueueNames.Check(queue, fifo: queue.EndsWith(".fifo", StringComparison.Ordinal)) is null)
            return queue;
        throw new ArgumentException($"No queue can have the name '{queue}': give its name and not its URL or ARN, or leave it out for all queues.", nameof(queue));
    }

    public static SqsError Error(string code)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(code);
        return Array.Find(s_errors, e => e.Type == code || e.Code == code)
            ?? throw new ArgumentException($"'{code}' is no error that a rule can answer. These are: {string.Join(", ", s_errors.Select(static e => e.Code))}.", nameof(code));
    }
}
