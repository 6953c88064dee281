using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Protocol;

namespace Zanshin.LocalQueue;

/// <summary>
/// Goes under an AWS SDK client in place of the network: requests and answers are marshalled as ever, but no socket is involved.
/// Calls that need not wait are answered before <c>SendAsync</c> returns; a long poll is answered inline by whatever woke it.
/// Thread-safe. Disposing it leaves the <see cref="LocalSqs"/> as it is.
/// </summary>
public sealed class LocalSqsHandler(LocalSqs sqs) : HttpMessageHandler
{
    private long _requests;

    /// <summary>Answers calls, of either protocol. By default the queue does; what is set here may come between.</summary>
    internal Func<ReadCall, CancellationToken, ValueTask<SqsResponse>> Answering { get; init; } = static (call, cancel) => call.AnswerAsync(cancel);

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => AnswerAsync(request, cancellationToken);

    internal async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var address = request.RequestUri;
        var head = new CallHead(
            request.Method.Method,
            Uri.UnescapeDataString(address?.AbsolutePath ?? "/"),
            address?.Query.TrimStart('?') ?? "",
            Header(request, "X-Amz-Target"),
            request.Content?.Headers.ContentType?.MediaType)
        {
            Authorization = Header(request, "Authorization"),
            TraceHeader = Header(request, "X-Amzn-Trace-Id"),
        };
        var protocol = SqsProtocol.Of(in head);
        SqsRequest? call = null;
        SqsResponse response;
        var date = new AnswerTime { At = sqs.Engine.Date };
        try
        {
            call = protocol.Read(in head, body);
            response = await Answering(new(sqs.Engine, call, BaseUrl(request)) { Date = date }, cancellationToken).ConfigureAwait(false);
        }
        catch (ProtocolException e)
        {
            response = new ErrorResponse(e.Error);
        }

        return Render(request, protocol, call, response, date.At);
    }

    private static string? Header(HttpRequestMessage request, string name) => request.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private string BaseUrl(HttpRequestMessage request) =>
        (sqs.BaseUrl?.ToString() ?? request.RequestUri?.GetLeftPart(UriPartial.Authority) ?? "http://localhost").TrimEnd('/');

    private HttpResponseMessage Render(HttpRequestMessage request, SqsProtocol protocol, SqsRequest? call, SqsResponse response, DateTimeOffset date)
    {
        var output = new ArrayBufferWriter<byte>(256);
        var id = RequestId();
        protocol.Write(call, response, id, output);
        var content = new ReadOnlyMemoryContent(output.WrittenMemory);
        content.Headers.ContentType = new MediaTypeHeaderValue(protocol.ContentType);
        var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request };
        answer.Headers.Add("x-amzn-RequestId", id);
        answer.Headers.Date = date;
        if (response.Error is { } error)
        {
            answer.StatusCode = (HttpStatusCode)error.Status;
            if (protocol.NamesErrorsInHeader) answer.Headers.Add("x-amzn-query-error", error.QueryError);
        }

        return answer;
    }

    /// <summary>Counted, not random: ids are the same on every run and take nothing from the seed.</summary>
    private string RequestId() => new Guid(0, 0, 0, BitConverter.GetBytes(Interlocked.Increment(ref _requests))).ToString();
}
