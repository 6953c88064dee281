namespace Zanshin.LocalQueue.Engine;

/// <summary>An error as SQS answers it.</summary>
/// <param name="Type">The error's shape name, which the JSON protocol answers as <c>__type</c>.</param>
/// <param name="Code">The code of the older Query protocol, which SDKs show as the error code.</param>
/// <param name="Message">For people; names the value and the limit.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="SenderFault">False when the queue, and not the request, is to blame.</param>
internal sealed record SqsError(string Type, string Code, string Message, int Status = 400, bool SenderFault = true)
{
    /// <summary>The value of the <c>x-amzn-query-error</c> header.</summary>
    internal string QueryError => $"{Code};{(SenderFault ? "Sender" : "Receiver")}";

    internal static SqsError Invalid(string message) => new("InvalidParameterValueException", "InvalidParameterValue", message);

    internal static SqsError Invalid(string parameter, object value, string reason) =>
        Invalid($"Value {value} for parameter {parameter} is invalid. Reason: {reason}");

    internal static SqsError Missing(string parameter) =>
        new("MissingRequiredParameterException", "MissingParameter", $"The request must contain the parameter {parameter}.");

    internal static SqsError NoDeduplicationId() => Invalid("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");

    internal static SqsError NoSuchQueue() =>
        new("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");

    internal static SqsError QueueExists(string attribute) =>
        new("QueueNameExists", "QueueAlreadyExists", $"A queue already exists with the same name and a different value for attribute {attribute}");

    internal static SqsError DeletedRecently() =>
        new("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.");

    internal static SqsError PurgeInProgress(string queue) =>
        new("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress",
            $"Only one PurgeQueue operation on {queue} is allowed every 60 seconds.", 403);

    internal static SqsError OnlyOnFifo(string name) => new("InvalidAttributeName", "InvalidAttributeName", $"You can specify the {name} only when FifoQueue is set to true.");

    internal static SqsError UnknownAttribute(string name) => new("InvalidAttributeName", "InvalidAttributeName", $"Unknown Attribute {name}.");

    internal static SqsError AttributeValue(string name) =>
        new("InvalidAttributeValue", "InvalidAttributeValue", $"Invalid value for the parameter {name}.");

    internal static SqsError AttributeReason(string name, string reason) =>
        new("InvalidAttributeValue", "InvalidAttributeValue", $"Invalid value for the parameter {name}. Reason: {reason}");

    internal static SqsError AttributeValue(string name, string value, string reason) =>
        new("InvalidAttributeValue", "InvalidAttributeValue", $"Value {value} for parameter {name} is invalid. Reason: {reason}");

    internal static SqsError Contents() =>
        new("InvalidMessageContents", "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF");

    internal static SqsError NotAHandle(string handle) =>
        new("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", $"The input receipt handle \"{handle}\" is not a valid receipt handle.", 404);

    internal static SqsError HandleExpired(string handle) => Invalid("ReceiptHandle", handle, "The receipt handle has expired.");

    internal static SqsError NotInFlight(string handle) =>
        Invalid("ReceiptHandle", handle, "Message does not exist or is not available for visibility timeout change.");

    internal static SqsError OverLimit() =>
        new("OverLimit", "OverLimit", $"Too many messages in flight: the limit of {SqsLimits.InFlight} inflight messages is reached.", 403);

    internal static SqsError TooManyActions() =>
        new("OverLimit", "OverLimit", "A statement allows at most 7 actions.", 403);

    internal static SqsError NoSuchResource(string parameter) =>
        new("ResourceNotFoundException", "ResourceNotFoundException", $"The resource that you specified for the {parameter} parameter doesn't exist.", 404);

    internal static SqsError NotATask() => Invalid("Value for parameter TaskHandle is invalid.");

    internal static SqsError NoSuchMove() => new("ResourceNotFoundException", "ResourceNotFoundException", "Task does not exist.", 404);

    internal static SqsError MoveIsRunning() => Invalid("There is already a task running. Only one active task is allowed for a source queue arn at a given time.");

    internal static SqsError MoveIsOver() =>
        new("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", "Only running tasks can be cancelled.");

    internal static SqsError EmptyBatch(string entry) =>
        new("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", $"There should be at least one {entry} in the request.");

    internal static SqsError TooManyEntries(int count) =>
        new("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            $"Maximum number of entries per request are {SqsLimits.BatchEntries}. You have sent {count}.");

    internal static SqsError EntryIdRepeated(string id) =>
        new("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", $"Id {id} repeated.");

    internal static SqsError EntryId() =>
        new("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.");

    internal static SqsError BatchTooLong(long bytes) =>
        new("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong",
            $"Batch requests cannot be longer than {SqsLimits.MessageBytes} bytes. You have sent {bytes} bytes.");

    internal static SqsError NotSigned() =>
        new("MissingAuthenticationTokenException", "MissingAuthenticationToken",
            "The request is not signed with AWS Signature Version 4: give the client the credentials this server was started with.", 403);

    internal static SqsError UnknownKey() =>
        new("InvalidClientTokenId", "InvalidClientTokenId", "The security token included in the request is invalid: this server was started with another access key id.", 403);

    internal static SqsError BadSignature(string reason) => new("InvalidSignatureException", "SignatureDoesNotMatch", reason, 403);

    internal static SqsError FromPage() =>
        new("AccessDeniedException", "AccessDenied", "Requests of web pages are refused: the queues are for programs on this machine.", 403);

    internal static SqsError ForeignName(string host) =>
        new("AccessDeniedException", "AccessDenied", $"The name '{host}' is none of this server's, so the request may be a web page's: call it as localhost, start it with --host-name {host}, or with credentials.", 403);

    internal static SqsError TooMuchUnderWay() => new("ServiceUnavailable", "ServiceUnavailable", "Too much is being sent at once: try again.", 503, SenderFault: false);

    internal static SqsError MissingAction() => new("MissingAction", "MissingAction", "The request must contain the parameter Action.");

    internal static SqsError UnknownOperation(string name) =>
        new("UnknownOperationException", "InvalidAction", $"The action {name} is not valid for this endpoint.");

    internal static SqsError Malformed(string message) => new("SerializationException", "MalformedInput", message);

    internal static SqsError Unavailable(string message) =>
        new("InternalFailure", "InternalError", message, 500, SenderFault: false);
}
