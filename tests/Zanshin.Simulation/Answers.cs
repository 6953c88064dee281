using System.Net;
using System.Net.Sockets;

namespace Zanshin.Simulation;

/// <summary>What comes back instead of an answer.</summary>
internal static class Answers
{
    private const string Json = "application/x-amz-json-1.0";

    public static HttpResponseMessage Of(HttpStatusCode status, string body) =>
        new(status) { Content = new StringContent(body, System.Text.Encoding.UTF8, Json) };

    public static HttpResponseMessage Error(HttpStatusCode status, string type) =>
        Of(status, $$"""{"__type":"com.amazonaws.sqs#{{type}}","message":"drawn"}""");

    public static HttpResponseMessage ServerError(Random dice) => dice.Next(4) switch
    {
        0 => new(HttpStatusCode.ServiceUnavailable) { Content = new StringContent("<html>Service Unavailable</html>") },
        1 => new(HttpStatusCode.BadGateway) { Content = new ByteArrayContent([]) },
        _ => Error(HttpStatusCode.InternalServerError, "InternalFailure"),
    };

    public static HttpResponseMessage Throttled(Random dice) => dice.OneIn(2)
        ? Error(HttpStatusCode.BadRequest, "RequestThrottled")
        : Error(HttpStatusCode.TooManyRequests, "ThrottlingException");

    public static HttpResponseMessage Credentials(Random dice) => Error(
        HttpStatusCode.Forbidden,
        dice.Pick("ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "AccessDeniedException"));

    // Not a list that is no list ("Messages":"many"): that one the SDK (4.0.100) reads for ever, on the caller's thread.
    public static HttpResponseMessage Malformed(Random dice) => Of(
        HttpStatusCode.OK,
        dice.Pick("<html>not here</html>", "", "{", "[]", "null", """{"Messages":[{"Body":3}],"Successful":[{}]}""", """{"Messages":[{"MessageId":"cut", "Bo"""));

    public static HttpRequestException Reset() => new("The connection was reset.", new SocketException((int)SocketError.ConnectionReset));

    public static HttpRequestException NoName() => new(
        HttpRequestError.NameResolutionError, "Name or service not known (localhost:9324)", new SocketException((int)SocketError.HostNotFound));

    public static TaskCanceledException Cancelled() => new("The request was canceled due to the configured HttpClient.Timeout.", new TimeoutException());
}
