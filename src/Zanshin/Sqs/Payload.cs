using System.Text;
using Amazon.SQS.Model;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Sqs;

/// <summary>What SQS bills for a payload: one request for every 64 KiB of it, and at least one (Amazon SQS pricing).</summary>
internal static class Payload
{
    private const int Chunk = 64 * 1024;

    public static int Requests(List<SqsMessage>? messages)
    {
        long most = 0;
        foreach (SqsMessage message in messages ?? [])
            most += Most(message.Body, message.MessageAttributes);
        return Few(most) ? 1 : Chunks(messages!.Sum(static m => Exact(m.Body, m.MessageAttributes)));
    }

    public static int Requests(List<SendMessageBatchRequestEntry> entries)
    {
        long most = 0;
        foreach (SendMessageBatchRequestEntry entry in entries)
            most += Most(entry.MessageBody, entry.MessageAttributes);
        return Few(most) ? 1 : Chunks(entries.Sum(static e => Exact(e.MessageBody, e.MessageAttributes)));
    }

    public static int Requests(SendMessageRequest request) =>
        Few(Most(request.MessageBody, request.MessageAttributes)) ? 1 : Chunks(Exact(request.MessageBody, request.MessageAttributes));

    // Nearly every payload is so small that its length in characters says enough: one is at most three bytes.
    private static bool Few(long most) => most <= Chunk;

    private static int Chunks(long bytes) => (int)Math.Max(1, (bytes + Chunk - 1) / Chunk);

    private static long Most(string? body, Dictionary<string, MessageAttributeValue>? attributes)
    {
        long characters = body?.Length ?? 0;
        if (attributes is { Count: > 0 })
        {
            foreach ((string name, MessageAttributeValue value) in attributes)
                characters += name.Length + (value.DataType?.Length ?? 0) + (value.StringValue?.Length ?? 0) + (value.BinaryValue?.Length ?? 0);
        }
        return 3 * characters;
    }

    private static long Exact(string? body, Dictionary<string, MessageAttributeValue>? attributes) => Encoding.UTF8.GetByteCount(body ?? "")
        + (attributes ?? []).Sum(static a => Encoding.UTF8.GetByteCount(a.Key + a.Value.DataType + a.Value.StringValue) + (a.Value.BinaryValue?.Length ?? 0));
}
