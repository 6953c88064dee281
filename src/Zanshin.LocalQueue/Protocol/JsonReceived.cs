using System.Globalization;
using System.Text.Json;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>Writes received messages. Without any, the answer stays <c>{}</c>.</summary>
internal static class JsonReceived
{
    internal static void Write(ReceiveMessage.Response response, Utf8JsonWriter json)
    {
        if (response.Messages.Length == 0) return;
        Span<byte> handle = stackalloc byte[ReceiptHandle.TextLength];
        json.WriteStartArray("Messages"u8);
        foreach (var received in response.Messages)
        {
            var message = received.Message;
            json.WriteStartObject();
            json.WriteString("MessageId"u8, message.MessageId);
            new ReceiptHandle(response.Queue.Identity.Tag, message.Key, received.ReceiveNumber).Format(handle);
            json.WriteString("ReceiptHandle"u8, handle);
            json.WriteString("MD5OfBody"u8, message.BodyMd5.ToString());
            json.WriteString("Body"u8, message.Body);
            if (response.Wanted != SystemAttributes.None) System(received, response, json);
            var (attributes, md5) = response.Filter.Apply(message);
            if (md5 is not null) json.WriteString("MD5OfMessageAttributes"u8, md5.Value.ToString());
            if (attributes.Length > 0) User(attributes, json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void System(ReceivedMessage received, ReceiveMessage.Response response, Utf8JsonWriter json)
    {
        var message = received.Message;
        var wanted = response.Wanted;
        json.WriteStartObject("Attributes"u8);
        if (wanted.HasFlag(SystemAttributes.SenderId)) json.WriteString("SenderId"u8, response.Queue.Engine.AccountId);
        if (wanted.HasFlag(SystemAttributes.SentTimestamp)) json.WriteString("SentTimestamp"u8, Milliseconds(response.Queue.Engine.Shown(message.SentAt)));
        if (wanted.HasFlag(SystemAttributes.ApproximateReceiveCount)) json.WriteString("ApproximateReceiveCount"u8, received.ReceiveCount.ToString(CultureInfo.InvariantCulture));
        if (wanted.HasFlag(SystemAttributes.ApproximateFirstReceiveTimestamp)) json.WriteString("ApproximateFirstReceiveTimestamp"u8, Milliseconds(response.Queue.Engine.Shown(received.FirstReceivedAt)));
        if (response.Queue.Fifo && wanted.HasFlag(SystemAttributes.SequenceNumber)) json.WriteString("SequenceNumber"u8, SendReceipt.SequenceNumber(message.Key));
        if (message.DeduplicationId is not null && wanted.HasFlag(SystemAttributes.MessageDeduplicationId)) json.WriteString("MessageDeduplicationId"u8, message.DeduplicationId);
        if (message.GroupId is not null && wanted.HasFlag(SystemAttributes.MessageGroupId)) json.WriteString("MessageGroupId"u8, message.GroupId);
        if (message.TraceHeader is not null && wanted.HasFlag(SystemAttributes.AWSTraceHeader)) json.WriteString("AWSTraceHeader"u8, message.TraceHeader);
        if (message.DeadLetterSourceArn is not null && wanted.HasFlag(SystemAttributes.DeadLetterQueueSourceArn)) json.WriteString("DeadLetterQueueSourceArn"u8, message.DeadLetterSourceArn);
        json.WriteEndObject();
    }

    private static void User(MessageAttribute[] attributes, Utf8JsonWriter json)
    {
        json.WriteStartObject("MessageAttributes"u8);
        foreach (var attribute in attributes)
        {
            json.WriteStartObject(attribute.Name);
            json.WriteString("DataType"u8, attribute.DataType);
            if (attribute.IsBinary) json.WriteBase64String("BinaryValue"u8, attribute.Value);
            else json.WriteString("StringValue"u8, attribute.Value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string Milliseconds(long ticks) =>
        ((ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond).ToString(CultureInfo.InvariantCulture);
}
