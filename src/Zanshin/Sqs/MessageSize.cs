using System.Text;
using Amazon.SQS.Model;

namespace Zanshin.Sqs;

/// <summary>Bytes as SQS counts them: the body, and names, types and values of attributes.</summary>
internal static class MessageSize
{
    public static long Of(SendMessageBatchRequestEntry entry) => Of(entry.MessageBody, entry.MessageAttributes);

    public static long Of(string body, Dictionary<string, MessageAttributeValue> attributes)
    {
        long size = Encoding.UTF8.GetByteCount(body);
        foreach ((string name, MessageAttributeValue value) in attributes)
            size += Of(name, value);
        return size;
    }

    public static long Of(string name, MessageAttributeValue value) =>
        Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value.DataType ?? "")
        + Encoding.UTF8.GetByteCount(value.StringValue ?? "") + (value.BinaryValue?.Length ?? 0);
}
