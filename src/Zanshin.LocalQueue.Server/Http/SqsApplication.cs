using System.Buffers;
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
internal sealed class SqsApplication(LocalSqs sqs, string endpoint, bool durable) : IHttpApplication<IFeatureCollection>
{
    private long _requests;

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        var request = context.GetRequiredFeature<IHttpRequestFeature>();
        var lifetime = context.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        SqsResponse response;
        try
        {
            if (!HttpMethods.IsPost(request.Method))
            {
                response = new ErrorResponse(SqsError.UnknownOperation(request.Method));
            }
            else
            {
                var call = await ReadAsync(context, request);
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

        await WriteAsync(context, response, lifetime);
    }

    private static async ValueTask<SqsRequest> ReadAsync(IFeatureCollection context, IHttpRequestFeature request)
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
                return Parse(request.Headers["X-Amz-Target"], read.Buffer);
            }
            finally
            {
                reader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    private static SqsRequest Parse(string? target, ReadOnlySequence<byte> body)
    {
        if (body.IsSingleSegment) return JsonProtocol.Instance.Read(target, body.FirstSpan);
        var length = (int)body.Length;
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            body.CopyTo(rented);
            return JsonProtocol.Instance.Read(target, rented.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private async Task WriteAsync(IFeatureCollection context, SqsResponse response, IHttpRequestLifetimeFeature lifetime)
    {
        var head = context.GetRequiredFeature<IHttpResponseFeature>();
        var output = AnswerBuffer.Rent();
        try
        {
            JsonProtocol.Instance.Write(response, output);
            head.Headers.ContentType = JsonProtocol.MediaType;
            head.Headers.ContentLength = output.WrittenCount;
            head.Headers["x-amzn-RequestId"] = new Guid(0, 0, 0, BitConverter.GetBytes(Interlocked.Increment(ref _requests))).ToString();
            if (response.Error is { } error)
            {
                head.StatusCode = error.Status;
                head.Headers["x-amzn-query-error"] = error.QueryError;
            }

            await SendAsync(context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer, output.WrittenMemory);
        }
        finally
        {
            AnswerBuffer.Return(output);
        }

        // Gone before the answer was out: what it would have received is for others, at once.
        if (lifetime.RequestAborted.IsCancellationRequested) (response as ReceiveMessage.Response)?.GiveBack();
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
