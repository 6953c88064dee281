using System.Net;
using Amazon.Runtime;
using Amazon.SQS.Model;
using Zanshin.Sqs;

namespace Zanshin.Cli.Sqs;

/// <summary>What a failed call means: whether it can pass, and the sentence for the user.</summary>
internal static class SqsTrouble
{
    /// <summary>The reason of what was given up.</summary>
    public const string NoAnswer = "no answer in time";

    private static readonly string[] Throttles =
        ["Throttl", "TooManyRequests", "RequestLimit", "SlowDown", "OverLimit", "BandwidthLimit", "PriorRequestNotComplete"];

    /// <summary>Whether the same call may succeed in a moment.</summary>
    public static bool CanPass(Exception exception) => exception switch
    {
        _ when IsNotSqs(exception) => SqsFailure.Of(exception).Passes,
        AmazonServiceException service => IsThrottle(service.ErrorCode) || IsClock(service) || service.StatusCode == 0 || (int)service.StatusCode >= 500,
        AmazonClientException => false,
        HttpRequestException or IOException or OperationCanceledException or TimeoutException => true,
        _ => false,
    };

    public static bool CanPass(BatchResultErrorEntry entry) => entry.SenderFault != true || IsThrottle(entry.Code);

    /// <summary>Whether a refused batch says something of its messages, and not of the queue or of who asks.</summary>
    public static bool IsAboutMessages(Exception exception) => exception is AmazonServiceException { StatusCode: HttpStatusCode.BadRequest } service
        and not (QueueDoesNotExistException or KmsAccessDeniedException or KmsDisabledException or KmsNotFoundException or KmsInvalidStateException)
        && !IsNoQueue(service) && !IsCredentials(service) && !IsThrottle(service.ErrorCode) && !IsNotSqs(service);

    /// <summary>Whether what answered is no SQS: a proxy, a gateway, a login page.</summary>
    public static bool IsNotSqs(Exception exception) => exception is AmazonServiceException { StatusCode: not 0 } && SqsFailure.Of(exception).Kind == SqsFailureKind.NotSqs;

    public static bool IsNoQueue(Exception exception) => exception is QueueDoesNotExistException
        || (exception is AmazonServiceException service && service.ErrorCode?.Contains("NonExistentQueue", StringComparison.Ordinal) == true);

    /// <param name="what">What was to be done, as in "SQS refuses to ...".</param>
    public static string Sentence(string what, string where, Exception exception) => exception switch
    {
        PurgeQueueInProgressException => $"SQS does not {what}: it allows one purge in 60 seconds. Try again in a minute.",
        QueueDeletedRecentlyException => $"SQS does not {what}: a queue of that name was deleted less than 60 seconds ago. Try again in a minute.",
        QueueNameExistsException => $"SQS does not {what}: there is one of that name already, with other attributes. Leave them out, or change the queue's own.",
        _ when IsNoQueue(exception) => $"SQS does not {what}: there is no such queue at {where}. Correct its name, region or account; 'zanshin sqs ls' lists those that there are.",
        _ when IsNotSqs(exception) => $"no SQS answers at {where}, which was to {what}: {Reason(exception)}. Check the endpoint, and the proxy or gateway between here and it.",
        AmazonServiceException { StatusCode: not 0 } service when IsCredentials(service) =>
            $"SQS at {where} does not {what} ({Reason(service)}): check the AWS credentials and their permissions.",
        AmazonServiceException { StatusCode: not 0 } service => $"SQS at {where} does not {what}: {Reason(service)}.",
        AmazonServiceException or HttpRequestException or IOException or OperationCanceledException or TimeoutException =>
            $"no SQS answers at {where} ({Reason(exception)}): is the endpoint or region right, and its server up?",
        AmazonClientException => $"SQS at {where} cannot be asked ({Reason(exception)}): check the AWS credentials, the profile and the region.",
        _ => $"SQS at {where} does not {what}: {exception.GetType().Name}: {Reason(exception)}.",
    };

    /// <summary>In one line and without the last full stop.</summary>
    public static string Reason(Exception exception)
    {
        Exception first = exception;
        while (first is not (OperationCanceledException or HttpRequestException or AmazonServiceException { StatusCode: not 0 }) && first.InnerException is { } inner)
            first = inner;
        string reason = first switch
        {
            OperationCanceledException or TimeoutException => NoAnswer,
            AmazonServiceException { ErrorCode.Length: > 0 } service => $"{service.ErrorCode}: {SqsFailure.Text(service)}",
            AmazonServiceException { StatusCode: not 0 } => SqsFailure.Of(first).Reason,
            _ => SqsFailure.Text(first),
        };
        return reason.ReplaceLineEndings(" ").TrimEnd('.', ' ');
    }

    private static bool IsThrottle(string? code) =>
        code is not null && Array.Exists(Throttles, throttle => code.Contains(throttle, StringComparison.Ordinal));

    // The SDK signs the next call by the server's clock.
    private static bool IsClock(AmazonServiceException service) => service.ErrorCode is "RequestTimeTooSkewed" or "RequestExpired" or "RequestInTheFuture"
        || (service.ErrorCode?.Contains("Signature", StringComparison.Ordinal) == true
            && (service.Message.Contains("expired", StringComparison.OrdinalIgnoreCase) || service.Message.Contains("not yet current", StringComparison.OrdinalIgnoreCase)));

    private static bool IsCredentials(AmazonServiceException service) =>
        service.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
        || (service.ErrorCode is { } code
            && (code.Contains("Token", StringComparison.Ordinal) || code.Contains("AccessDenied", StringComparison.Ordinal)
                || code.Contains("Signature", StringComparison.Ordinal) || code.Contains("Credential", StringComparison.Ordinal)));
}
