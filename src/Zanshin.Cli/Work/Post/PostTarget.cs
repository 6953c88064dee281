using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;
using Zanshin.Hosting;

namespace Zanshin.Cli.Work.Post;

/// <summary>
/// Each message an HTTP POST, over connections that are kept. Redirects are not followed, cookies not kept, and answers' bodies not read:
/// the status, and Retry-After, say it all.
/// </summary>
internal sealed class PostTarget(Uri url, MediaTypeHeaderValue contentType, ILogger log) : Target
{
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // A name that moves to other addresses is followed within minutes.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        // What is short is read to its end, so that the connection can be used again.
        MaxResponseDrainSize = 64 * 1024,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
        ActivityHeadersPropagator = null,
        Proxy = new DirectToLoopback(),
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>A server that never answers must not keep a slot for ever.</summary>
    public override TimeSpan? TimeLimit => TimeSpan.FromMinutes(5);

    public override async ValueTask<Outcome> HandleAsync(Message<string> message, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(message.Body)) };
        request.Content.Headers.ContentType = PostHeaders.ContentType(message) ?? contentType;
        PostHeaders.Add(request.Headers, message);
        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            return Judge(message, response);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw Cancelled(message);
        }
        catch (HttpRequestException exception)
        {
            throw new NotDoneException($"{url.GetLeftPart(UriPartial.Path)} does not answer ({exception.HttpRequestError}: {(exception.InnerException ?? exception).Message})", exception);
        }
    }

    public override ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private Outcome Judge(Message message, HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        if (status is >= 200 and <= 299)
            return Outcome.Done;
        string said = $"the POST was answered with {status} {Enum.GetName(response.StatusCode)}".TrimEnd();
        if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable && After(response) is { } delay)
        {
            log.RetryAsked(message.Id, message.Queue, $"{said}, which", $"after {delay}");
            return Outcome.Retry(delay);
        }
        if (status is >= 400 and <= 499 && !IsOfTheSetup(response.StatusCode) && response.StatusCode is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425))
            return Outcome.Reject(said);
        // The messages wait for its correction.
        throw new NotDoneException(status is >= 300 and <= 399 ? $"{said}: redirects are not followed; is the URL right?"
            : IsOfTheSetup(response.StatusCode) ? $"{said}: is the URL right, and may the tool use it?" : said);
    }

    // What every message would be answered: a wrong path, a route that is not there yet, a token that has expired, a proxy.
    private static bool IsOfTheSetup(HttpStatusCode status) => status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound
        or HttpStatusCode.MethodNotAllowed or HttpStatusCode.ProxyAuthenticationRequired;

    private static TimeSpan? After(HttpResponseMessage response)
    {
        TimeSpan? delay = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - TimeProvider.System.GetUtcNow(),
            _ => null,
        };
        return delay is not { } asked ? null : TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(asked.TotalSeconds), 0, SqsHours.TotalSeconds));
    }

    /// <summary>The longest visibility timeout of SQS.</summary>
    private static readonly TimeSpan SqsHours = TimeSpan.FromHours(12);
}
