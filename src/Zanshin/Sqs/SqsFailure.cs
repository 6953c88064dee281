using System.Net;
using Amazon.Runtime;
using Amazon.SQS.Model;

namespace Zanshin.Sqs;

/// <summary>What went wrong with one call or one batch entry, and what that means for whoever called.</summary>
internal sealed record SqsFailure(SqsFailureKind Kind, string Reason)
{
    private static readonly string[] Throttles =
        ["Throttl", "TooManyRequests", "RequestLimit", "SlowDown", "OverLimit", "KmsThrottled", "BandwidthLimit", "PriorRequestNotComplete"];

    /// <summary>Whether the same call can succeed later. A refused one cannot: the handle is not valid any more. Nor can any of a client that is gone.</summary>
    public bool Retryable => Kind is not SqsFailureKind.Refused and not SqsFailureKind.ClientDisposed;

    /// <summary>Whether SQS, or the way to it, is only away: it has said nothing about the call.</summary>
    public bool IsAway => Kind is SqsFailureKind.NoAnswer or SqsFailureKind.Throttled or SqsFailureKind.Clock || (Kind is SqsFailureKind.Server or SqsFailureKind.NotSqs && Passes);

    /// <summary>False for an answer that would be the same to the same question: HTTP 3xx and 4xx.</summary>
    public bool Passes { get; init; } = true;

    /// <summary>Error codes by which SQS refuses one receipt handle, and with it the whole call.</summary>
    private static readonly string[] HandleRefusals = ["ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight"];

    public static SqsFailure Of(Exception exception) => exception switch
    {
        ReceiptHandleIsInvalidException => new(SqsFailureKind.Refused, Text(exception)),
        AmazonUnmarshallingException answer => NotSqs.Of(answer),
        AmazonServiceException service => Of(service),
        OperationCanceledException or TimeoutException => new(SqsFailureKind.NoAnswer, "no answer in time"),
        HttpRequestException or IOException => new(SqsFailureKind.NoAnswer, Text(exception)),
        AmazonClientException => new(SqsFailureKind.Credentials, Text(exception)),
        ObjectDisposedException disposed when IsClient(disposed) => new(SqsFailureKind.ClientDisposed, "the SQS client was disposed of"),
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
        Array.TrueForAll(failures, static f => f is not null) ? Array.Find(failures, static f => f!.Kind != SqsFailureKind.Refused) : null;

    private static SqsFailure Of(AmazonServiceException service)
    {
        string code = service.ErrorCode ?? "";
        string reason = $"{(code.Length > 0 ? code : service.GetType().Name)}: {Text(service)}";
        if (IsThrottle(code) || service.StatusCode == HttpStatusCode.TooManyRequests)
            return new(SqsFailureKind.Throttled, reason);
        // SQS names its errors.
        if (code.Length == 0 && service.StatusCode != 0)
            return NotSqs.Of(service);
        if (IsClock(code, reason))
            return new(SqsFailureKind.Clock, $"the clock of this machine is wrong ({reason})");
        if (service is QueueDoesNotExistException || code.Contains("NonExistentQueue", StringComparison.Ordinal))
            return new(SqsFailureKind.NoQueue, reason);
        // SQS makes no queue of the same name within a minute of a delete.
        if (service is QueueDeletedRecentlyException || code.Contains("QueueDeletedRecently", StringComparison.Ordinal))
            return new(SqsFailureKind.Server, reason);
        if (code.Contains("Token", StringComparison.Ordinal) || code.Contains("AccessDenied", StringComparison.Ordinal)
            || code.Contains("Signature", StringComparison.Ordinal) || code.Contains("Credential", StringComparison.Ordinal))
            return new(SqsFailureKind.Credentials, reason);
        if (service.InnerException is HttpRequestException or IOException || service.StatusCode == 0)
            return new(SqsFailureKind.NoAnswer, reason);
        // A whole call that is refused (a malformed answer, a wrong endpoint) says nothing about its entries.
        return new(SqsFailureKind.Server, reason) { Passes = NotSqs.Passes(service.StatusCode) };
    }

    /// <summary>What an exception says. Read where nothing may throw, and an application's own client may bring exceptions of its own.</summary>
    public static string Text(Exception exception)
    {
        const string Elsewhere = "see inner exception";
        try
        {
            string text = exception.Message;
            // "The SSL connection could not be established, see inner exception.": nobody sees it in a log.
            return exception.InnerException is { } inner && text.IndexOf(Elsewhere, StringComparison.OrdinalIgnoreCase) is >= 0 and int at
                ? $"{text[..at].TrimEnd(' ', ',', '.', ';', ':')}: {Text(inner)}".TrimStart(' ', ':') : text;
        }
        catch (Exception)
        {
            return "no message";
        }
    }

    // The SDK signs by the server's clock after it was refused once. A wrong secret is told by the same codes, with another text.
    private static bool IsClock(string code, string reason) => code is "RequestTimeTooSkewed" or "RequestExpired" or "RequestInTheFuture"
        || (code.Contains("Signature", StringComparison.Ordinal)
            && (reason.Contains("expired", StringComparison.OrdinalIgnoreCase) || reason.Contains("not yet current", StringComparison.OrdinalIgnoreCase)));

    // A stream that a handler has closed is none: it may be part of what is sent.
    private static bool IsClient(ObjectDisposedException disposed) =>
        disposed.ObjectName.EndsWith("Client", StringComparison.Ordinal) || disposed.ObjectName.EndsWith("Handler", StringComparison.Ordinal);

    private static bool IsThrottle(string? code) =>
        code is not null && Array.Exists(Throttles, throttle => code.Contains(throttle, StringComparison.Ordinal));
}
