using Amazon.SQS.Model;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Settling;

/// <summary>
/// The attributes of a received message, for another message that carries them. Handlers were given the SDK's own objects: a stream that they have closed can
/// still be copied, but neither measured nor sent.
/// </summary>
internal static class CopiedAttributes
{
    public static Dictionary<string, MessageAttributeValue> Of(SqsMessage raw)
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
