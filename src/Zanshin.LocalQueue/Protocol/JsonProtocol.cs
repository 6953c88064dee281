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

    internal override bool NamesErrorsInHeader => true;

    protected override SqsRequest ReadCall(in CallHead call, ReadOnlySpan<byte> body)
    {
        if (call.Target is null || !call.Target.StartsWith(Prefix, StringComparison.Ordinal)) throw new ProtocolException(SqsError.UnknownOperation(call.Target ?? "(no X-Amz-Target header)"));
        return Read(call.Target[Prefix.Length..], body);
    }

    /// <summary>Reads an action's parameters.</summary>
    internal static SqsRequest Read(string action, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json.IsEmpty ? "{}"u8 : json);
        try
        {
            return JsonRequests.Read(action, ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ProtocolException(SqsError.Malformed("The request body could not be read: it is not the JSON this action takes."));
        }
    }

    /// <summary>Whether SQS has an action of this name.</summary>
    internal static bool Knows(string action)
    {
        try
        {
            Read(action, "{}"u8);
            return true;
        }
        catch (ProtocolException)
        {
            return false;
        }
    }

    internal override void Write(SqsRequest? request, SqsResponse response, string requestId, IBufferWriter<byte> output) =>
        JsonResponses.Write(response, output);
}
