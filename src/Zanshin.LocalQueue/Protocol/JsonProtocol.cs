using System.Buffers;
using System.Text.Json;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>AWS JSON 1.0: the action in a header, one JSON object each way. What current SDKs speak.</summary>
internal sealed class JsonProtocol : SqsProtocol
{
    internal const string MediaType = "application/x-amz-json-1.0";

    internal static readonly JsonProtocol Instance = new();

    private const string Prefix = "AmazonSQS.";

    internal override string ContentType => MediaType;

    internal override SqsRequest Read(string? target, ReadOnlySpan<byte> body)
    {
        if (target is null || !target.StartsWith(Prefix, StringComparison.Ordinal)) throw new ProtocolException(SqsError.UnknownOperation(target ?? "(no X-Amz-Target header)"));
        var reader = new Utf8JsonReader(body.IsEmpty ? "{}"u8 : body);
        try
        {
            return JsonRequests.Read(target[Prefix.Length..], ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ProtocolException(SqsError.Malformed("The request body could not be read: it is not the JSON this action takes."));
        }
    }

    internal override void Write(SqsResponse response, IBufferWriter<byte> output) => JsonResponses.Write(response, output);
}
