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

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var target = request.Headers.TryGetValues("X-Amz-Target", out var values) ? values.First() : null;
        var response = await AnswerAsync(target, body, BaseUrl(request), cancellationToken).ConfigureAwait(false);
        return Render(request, response);
    }

    private ValueTask<SqsResponse> AnswerAsync(string? target, byte[] body, string baseUrl, CancellationToken cancel)
    {
        try
        {
            return Calls.AnswerAsync(sqs.Engine, JsonProtocol.Instance.Read(target, body), baseUrl, inline: true, cancel);
        }
        catch (ProtocolException e)
        {
            return new(new ErrorResponse(e.Error));
        }
    }

    private string BaseUrl(HttpRequestMessage request) =>
        (sqs.BaseUrl?.ToString() ?? request.RequestUri?.GetLeftPart(UriPartial.Authority) ?? "http://localhost").TrimEnd('/');

    private HttpResponseMessage Render(HttpRequestMessage request, SqsResponse response)
    {
        var output = new ArrayBufferWriter<byte>(256);
        JsonProtocol.Instance.Write(response, output);
        var content = new ReadOnlyMemoryContent(output.WrittenMemory);
        content.Headers.ContentType = new MediaTypeHeaderValue(JsonProtocol.MediaType);
        var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request };
        answer.Headers.Add("x-amzn-RequestId", RequestId());
        if (response.Error is { } error)
        {
            answer.StatusCode = (HttpStatusCode)error.Status;
            answer.Headers.Add("x-amzn-query-error", error.QueryError);
        }

        return answer;
    }

    /// <summary>Counted, not random: ids are the same on every run and take nothing from the seed.</summary>
    private string RequestId() => new Guid(0, 0, 0, BitConverter.GetBytes(Interlocked.Increment(ref _requests))).ToString();
}
