using Amazon.Runtime;
using Amazon.SQS.Model;

namespace Zanshin.Sqs;

/// <summary>What went wrong with one call or one batch entry, and what that means for whoever called.</summary>
internal sealed record SqsFailure(SqsFailureKind Kind, string Reason)
{
    private static readonly string[] Throttles =
        ["Throttl", "TooManyRequests", "RequestLimit", "SlowDown", "OverLimit", "KmsThrottled", "BandwidthLimit", "PriorRequestNotComplete"];

    /// <summary>Whether the same call can succeed later. A refused one cannot: the handle is not valid any more.</summary>
    public bool Retryable => Kind != SqsFailureKind.Refused;

    /// <summary>Error codes by which SQS refuses one receipt handle, and with it the whole call.</summary>
    private static readonly string[] HandleRefusals = ["ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight"];

    public static SqsFailure Of(Exception exception) => exception switch
    {
        ReceiptHandleIsInvalidException => new(SqsFailureKind.Refused, Text(exception)),
        AmazonServiceException service => Of(service),
        OperationCanceledException or TimeoutException => new(SqsFailureKind.NoAnswer, "no answer in time"),
        HttpRequestException or IOException => new(SqsFailureKind.NoAnswer, Text(exception)),
        AmazonClientException => new(SqsFailureKind.Credentials, Text(exception)),
        _ => new(SqsFailureKind.Unexpected, $"{exception.GetType().Name}: {Text(exception)}"),
    };

    public static SqsFailure Of(BatchResultErrorEntry entry)
    {
        string reason = entry.Message is { Length: > 0 } message ? $"{entry.Code}: {message}" : entry.Code ?? "failed without a code";
        if (IsThrottle(entry.Code))
            return new(SqsFailureKind.Throttled, reason);
        return new(entry.SenderFault == true ? SqsFailureKind.Refused : SqsFailureKind.Server, reason);
    }

    /// <summary>Of a call with receipt handles: as <see cref="Of(Exception)"/>, and refused also where it is a handle's fault by any other of SQS's codes.</summary>
    public static SqsFailure OfHandles(Exception exception)
    {
        SqsFailure failure = Of(exception);
        return failure.Kind == SqsFailureKind.Server && exception is AmazonServiceException { ErrorCode: { } code }
            && Array.Exists(HandleRefusals, refusal => code.Contains(refusal, StringComparison.Ordinal)) ? failure with { Kind = SqsFailureKind.Refused } : failure;
    }

    /// <summary>The failure of an answer that confirms not one of its entries, though they could succeed later: the call as a whole has failed. Else null.</summary>
    /// <param name="failures">Entry by entry, null for a confirmed one.</param>
    public static SqsFailure? OfAll(SqsFailure?[] failures) =>
        Array.TrueForAll(failures, static f => f is not null) ? Array.Find(failures, static f => f!.Retryable) : null;

    private static SqsFailure Of(AmazonServiceException service)
    {
        string reason = $"{service.ErrorCode ?? service.GetType().Name}: {Text(service)}";
        string code = service.ErrorCode ?? "";
        if (IsThrottle(code))
            return new(SqsFailureKind.Throttled, reason);
        if (service is QueueDoesNotExistException || code.Contains("NonExistentQueue", StringComparison.Ordinal))
            return new(SqsFailureKind.NoQueue, reason);
        if (code.Contains("Token", StringComparison.Ordinal) || code.Contains("AccessDenied", StringComparison.Ordinal)
            || code.Contains("Signature", StringComparison.Ordinal) || code.Contains("Credential", StringComparison.Ordinal))
            return new(SqsFailureKind.Credentials, reason);
        if (service.InnerException is HttpRequestException or IOException || service.StatusCode == 0)
            return new(SqsFailureKind.NoAnswer, reason);
        // A whole call that is refused (a malformed answer, a wrong endpoint) says nothing about its entries.
        return new(SqsFailureKind.Server, reason);
    }

    // Read where nothing may throw, and an application's own client may bring exceptions of its own.
    private static string Text(Exception exception)
    {
        try
        {
            return exception.Message;
        }
        catch (Exception)
        {
            return "no message";
        }
    }

    private static bool IsThrottle(string? code) =>
        code is not null && Array.Exists(Throttles, throttle => code.Contains(throttle, StringComparison.Ordinal));
}
