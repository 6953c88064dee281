using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;

namespace Zanshin.Sqs;

/// <summary>Answers that are none of SQS: the HTTP status, and who gave it. A proxy that wants a password, a gateway without a server behind it, a login page.</summary>
internal static class NotSqs
{
    public static SqsFailure Of(AmazonServiceException answer) =>
        new(SqsFailureKind.NotSqs, $"HTTP {Status(answer.StatusCode)}{From(answer)}, which is no answer of SQS") { Passes = Passes(answer.StatusCode) };

    /// <summary>What its reader says of the body ("LineNumber: 0") helps nobody.</summary>
    public static SqsFailure Of(AmazonUnmarshallingException answer) =>
        new(SqsFailureKind.NotSqs, $"HTTP {Status(answer.StatusCode)}, with a body that is no answer of SQS") { Passes = Passes(answer.StatusCode) };

    /// <summary>False for a redirect and a refusal, which come again to the same question.</summary>
    public static bool Passes(HttpStatusCode status) =>
        (int)status is < 300 or >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425;

    private static string Status(HttpStatusCode status)
    {
        using var response = new HttpResponseMessage(status);
        return $"{(int)status} {response.ReasonPhrase}".TrimEnd();
    }

    private static string From(AmazonServiceException answer)
    {
        if (answer.InnerException is not HttpErrorResponseException { Response: { } response })
            return "";
        string? server = response.GetHeaderValue("Server"), via = response.GetHeaderValue("Via");
        return (string.IsNullOrWhiteSpace(server) ? "" : $" from {server}") + (string.IsNullOrWhiteSpace(via) ? "" : $" via {via}");
    }
}
