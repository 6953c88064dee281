using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.SQS.Model;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Cli.Sqs;

/// <summary>A received message as one line of JSON, from which <see cref="MessageLine"/> makes the same message again.</summary>
internal static class DumpLine
{
    // Bodies stay readable: a file is no web page.
    private static readonly JsonWriterOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream to, SqsMessage message)
    {
        using (var json = new Utf8JsonWriter(to, s_readable))
            Write(json, message);
        to.WriteByte((byte)'\n');
    }

    public static void Write(Utf8JsonWriter json, SqsMessage message)
    {
        Dictionary<string, string> system = message.Attributes ?? [];
        json.WriteStartObject();
        json.WriteString("id", message.MessageId);
        json.WriteString("body", message.Body);
        if (message.MessageAttributes is { Count: > 0 } attributes)
            Write(json, attributes);
        Text(json, "group", system.GetValueOrDefault("MessageGroupId"));
        Text(json, "deduplicationId", system.GetValueOrDefault("MessageDeduplicationId"));
        Text(json, "trace", system.GetValueOrDefault("AWSTraceHeader"));
        Text(json, "sent", Time(system.GetValueOrDefault("SentTimestamp")));
        Text(json, "firstReceived", Time(system.GetValueOrDefault("ApproximateFirstReceiveTimestamp")));
        if (Received.Count(message) is { } count)
            json.WriteNumber("receiveCount", count);
        Text(json, "sender", system.GetValueOrDefault("SenderId"));
        Text(json, "sequenceNumber", system.GetValueOrDefault("SequenceNumber"));
        Text(json, "deadLetterSource", system.GetValueOrDefault("DeadLetterQueueSourceArn"));
        json.WriteEndObject();
    }

    /// <summary>Milliseconds since 1970, as SQS gives them, in ISO 8601.</summary>
    public static string? Time(string? milliseconds) =>
        long.TryParse(milliseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long ms) && ms < 100_000_000_000_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            : null;

    private static void Write(Utf8JsonWriter json, Dictionary<string, MessageAttributeValue> attributes)
    {
        json.WriteStartObject("attributes");
        foreach ((string name, MessageAttributeValue value) in attributes)
        {
            json.WriteStartObject(name);
            json.WriteString("type", value.DataType);
            if (value.BinaryValue is { } binary)
                json.WriteBase64String("value", binary.ToArray());
            else
                json.WriteString("value", value.StringValue ?? "");
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }
}
