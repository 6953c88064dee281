using System.Buffers;
using Zanshin.LocalQueue.Actions;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>How calls and answers look on the wire. Actions know nothing of it.</summary>
internal abstract class SqsProtocol
{
    /// <summary>The answer's Content-Type.</summary>
    internal abstract string ContentType { get; }

    /// <summary>Whether the error's code goes into the <c>x-amzn-query-error</c> header, because the body has another name for it.</summary>
    internal abstract bool NamesErrorsInHeader { get; }

    /// <summary>The protocol a call is made in: Query if it is a form, or is in its address; else JSON.</summary>
    internal static SqsProtocol Of(in CallHead call)
    {
        var isForm = call.ContentType?.StartsWith(QueryProtocol.FormType, StringComparison.OrdinalIgnoreCase) ?? false;
        // Some Query clients send a target too.
        var isInAddress = call.Target is null && (call.Method == "GET" || call.Query.Length > 0);
        return isForm || isInAddress ? QueryProtocol.Instance : JsonProtocol.Instance;
    }

    /// <summary>Reads a call. Throws <see cref="ProtocolException"/> when it is no call of this protocol.</summary>
    /// <param name="call">Its head.</param>
    /// <param name="body">The body, whole.</param>
    internal SqsRequest Read(in CallHead call, ReadOnlySpan<byte> body)
    {
        var request = ReadCall(in call, body);
        request.Region = SignedFor.Region(in call);
        request.TraceHeader = call.TraceHeader;
        return request;
    }

    protected abstract SqsRequest ReadCall(in CallHead call, ReadOnlySpan<byte> body);

    /// <param name="request">What was asked; null if it could not be read.</param>
    /// <param name="response">The answer, an error if the call could not be read.</param>
    /// <param name="requestId">Also answered in the header <c>x-amzn-RequestId</c>.</param>
    /// <param name="output">Where to.</param>
    internal abstract void Write(SqsRequest? request, SqsResponse response, string requestId, IBufferWriter<byte> output);
}
