using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;
using Zanshin.LocalQueue.Protocol;

namespace Zanshin.LocalQueue.Server.Http;

/// <summary>Answers requests, straight from the server's features: no routing, no middleware. Message bodies are written nowhere but to their receiver.</summary>
internal sealed class SqsApplication(LocalSqs sqs, string endpoint, bool durable, SignatureV4? signature, OwnNames names, BodyBudget bodies) : IHttpApplication<IFeatureCollection>
{
    /// <summary>What a body of unknown length may grow to.</summary>
    internal const long LongestBody = 7 * 1_048_576;

    private long _requests;

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        context.GetRequiredFeature<UnreadAnswer>().IsRead();
        var request = context.GetRequiredFeature<IHttpRequestFeature>();
        var lifetime = context.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        var head = Head(request);
        var protocol = SqsProtocol.Of(in head);
        SqsRequest? call = null;
        SqsResponse response;
        try
        {
            if (Refusal(request) is { } refusal)
            {
                response = new ErrorResponse(refusal);
            }
            else
            {
                // Who is not known sends no body.
                if (signature?.CheckHead(request) is { } unknown) throw new ProtocolException(unknown);
                var length = request.Headers.ContentLength ?? (request.Headers.TransferEncoding.Count > 0 ? LongestBody : 0);
                if (!bodies.Take(length)) throw new ProtocolException(SqsError.TooMuchUnderWay());
                try
                {
                    call = await ReadAsync(context, request, protocol, head);
                }
                finally
                {
                    bodies.Return(length);
                }

                // With a store, a woken poll goes on only as far as waiting for its commit, so it may do that on its waker's thread; without
                // one it would write its answer there, and keep the sender from its own.
                response = await Calls.AnswerAsync(sqs.Engine, call, BaseUrl(request), inline: durable, lifetime.RequestAborted);
            }
        }
        catch (ProtocolException e)
        {
            response = new ErrorResponse(e.Error);
        }
        catch (OperationCanceledException) when (lifetime.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        await WriteAsync(context, protocol, call, response, lifetime);
    }

    private static CallHead Head(IHttpRequestFeature request) => new(
        request.Method, request.Path, request.QueryString.TrimStart('?'), request.Headers["X-Amz-Target"], request.Headers.ContentType)
    {
        Authorization = request.Headers.Authorization,
        TraceHeader = request.Headers["X-Amzn-Trace-Id"],
    };

    private SqsError? Refusal(IHttpRequestFeature request)
    {
        if (!HttpMethods.IsPost(request.Method) && !HttpMethods.IsGet(request.Method)) return SqsError.UnknownOperation(request.Method);
        // Any web page can have its visitor's browser send a form or a GET to localhost. Programs send neither of these headers.
        // Where they do not trust the name they send neither, so without credentials only our own names count.
        if (signature is null && !names.Has(request.Headers.Host)) return SqsError.ForeignName(OwnNames.Name(request.Headers.Host.ToString()));
        var isFromPage = request.Headers.Origin.Count > 0 || request.Headers["Sec-Fetch-Site"] is [{ } site] && site != "none";
        return isFromPage ? SqsError.FromPage() : null;
    }

    private async ValueTask<SqsRequest> ReadAsync(IFeatureCollection context, IHttpRequestFeature request, SqsProtocol protocol, CallHead head)
    {
        var reader = context.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;
        while (true)
        {
            var read = await reader.ReadAsync();
            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            try
            {
                if (signature?.Check(request, read.Buffer) is { } refusal) throw new ProtocolException(refusal);
                return Parse(protocol, in head, read.Buffer);
            }
            finally
            {
                reader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    private static SqsRequest Parse(SqsProtocol protocol, in CallHead head, ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment) return protocol.Read(in head, body.FirstSpan);
        var length = (int)body.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(rented);
            return protocol.Read(in head, rented.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private async Task WriteAsync(
        IFeatureCollection context, SqsProtocol protocol, SqsRequest? call, SqsResponse response, IHttpRequestLifetimeFeature lifetime)
    {
        var head = context.GetRequiredFeature<IHttpResponseFeature>();
        var unread = context.GetRequiredFeature<UnreadAnswer>();
        var output = AnswerBuffer.Rent();
        try
        {
            var id = new Guid(0, 0, 0, BitConverter.GetBytes(Interlocked.Increment(ref _requests))).ToString();
            protocol.Write(call, response, id, output);
            head.Headers.ContentType = protocol.ContentType;
            head.Headers.ContentLength = output.WrittenCount;
            head.Headers["x-amzn-RequestId"] = id;
            head.Headers.Date = sqs.Engine.Date.ToString("R", CultureInfo.InvariantCulture);
            if (response.Error is { } error)
            {
                head.StatusCode = error.Status;
                if (protocol.NamesErrorsInHeader) head.Headers["x-amzn-query-error"] = error.QueryError;
            }

            unread.Goes(response);
            await SendAsync(context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer, output.WrittenMemory);
        }
        finally
        {
            AnswerBuffer.Return(output);
        }

        // Gone before the answer was out: what it would have received is for others, at once.
        unread.HasGone(lifetime.RequestAborted);
    }

    private static async ValueTask SendAsync(PipeWriter writer, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await writer.WriteAsync(bytes);
        }
        catch (IOException)
        {
            // The connection broke; the caller looks at the request's lifetime.
        }
    }

    private string BaseUrl(IHttpRequestFeature request)
    {
        if (sqs.BaseUrl is { } configured) return configured.ToString().TrimEnd('/');
        // The address the caller knows us by: behind a port mapping it is not ours.
        var host = (string?)request.Headers.Host;
        return string.IsNullOrEmpty(host) ? endpoint : $"http://{host}";
    }
}
