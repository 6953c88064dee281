using Amazon.SQS.Model;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Settling;

/// <summary>A received message as another message that carries it: the body, the sender's attributes, the group and the trace.</summary>
internal static class CopiedMessage
{
    private const string TraceHeader = "AWSTraceHeader";

    public static SendMessageRequest Of(SqsMessage raw, string queueUrl)
    {
        var copy = new SendMessageRequest
        {
            QueueUrl = queueUrl,
            MessageBody = raw.Body,
            MessageAttributes = Attributes(raw),
            MessageGroupId = raw.Attributes?.GetValueOrDefault("MessageGroupId"),
        };
        if (raw.Attributes?.GetValueOrDefault(TraceHeader) is { } trace)
            copy.MessageSystemAttributes = new() { [TraceHeader] = new() { DataType = "String", StringValue = trace } };
        return copy;
    }

    // Streams of its own: what sends them may read and close them.
    private static Dictionary<string, MessageAttributeValue> Attributes(SqsMessage raw)
    {
        var copy = new Dictionary<string, MessageAttributeValue>(raw.MessageAttributes ?? []);
        foreach ((string name, MessageAttributeValue value) in raw.MessageAttributes ?? [])
        {
            if (value.BinaryValue is { } bytes)
                copy[name] = new MessageAttributeValue { DataType = value.DataType, BinaryValue = new MemoryStream(bytes.ToArray()) };
        }
        return copy;
    }
}
