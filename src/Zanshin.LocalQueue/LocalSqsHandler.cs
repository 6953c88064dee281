using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;
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

    private async ValueTask<SqsResponse> AnswerAsync(string? target, byte[] body, string baseUrl, CancellationToken cancel)
    {
        SqsResponse? response;
        PendingReceive? pending = null;
        try
        {
            response = JsonProtocol.Instance.Read(target, body)
                .Execute(new(sqs.Engine, baseUrl, (queue, receive) => pending = new(queue, receive)));
        }
        catch (ProtocolException e)
        {
            return new ErrorResponse(e.Error);
        }

        if (response is null)
        {
            pending!.CancelWith(cancel);
            response = await pending.Answer.ConfigureAwait(false);
        }

        try
        {
            await sqs.Engine.Journal.Committed(sqs.Engine.Journal.Appended).ConfigureAwait(false);
        }
        catch (JournalException e)
        {
            (response as ReceiveMessage.Response)?.GiveBack();
            return new ErrorResponse(SqsError.Unavailable(e.Message));
        }

        if (cancel.IsCancellationRequested)
        {
            (response as ReceiveMessage.Response)?.GiveBack();
            cancel.ThrowIfCancellationRequested();
        }

        return response;
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
            answer.Headers.Add("x-amzn-query-error", $"{error.Code};{(error.SenderFault ? "Sender" : "Receiver")}");
        }

        return answer;
    }

    /// <summary>Counted, not random: ids are the same on every run and take nothing from the seed.</summary>
    private string RequestId() => new Guid(0, 0, 0, BitConverter.GetBytes(Interlocked.Increment(ref _requests))).ToString();
}
