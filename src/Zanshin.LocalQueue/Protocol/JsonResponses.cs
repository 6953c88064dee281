using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>Writes each answer's JSON.</summary>
internal static class JsonResponses
{
    // Readers are JSON parsers, never HTML: only what JSON itself needs is escaped.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    internal static void Write(SqsResponse response, IBufferWriter<byte> output)
    {
        var json = _writer ??= new Utf8JsonWriter(output, Options);
        json.Reset(output);
        json.WriteStartObject();
        Members(response, json);
        json.WriteEndObject();
        json.Flush();
        // The writer stays with the thread; the output must not.
        json.Reset(Stream.Null);
    }

    private static void Members(SqsResponse response, Utf8JsonWriter json)
    {
        switch (response)
        {
            case ReceiveMessage.Response received:
                JsonReceived.Write(received, json);
                break;
            case SendMessage.Response sent:
                Receipt(sent.Receipt, json);
                break;
            case SendMessageBatch.Response sent:
                SentBatch(sent, json);
                break;
            case BatchResponse batch:
                Batch(batch, json);
                break;
            case CreateQueue.Response queue:
                json.WriteString("QueueUrl"u8, queue.QueueUrl);
                break;
            case ListQueues.Response list:
                // Of none there is no list; of no source queues there is an empty one.
                if (list.QueueUrls.Count > 0) Urls("QueueUrls"u8, list.QueueUrls, list.NextToken, json);
                break;
            case ListDeadLetterSourceQueues.Response sources:
                // The service's model spells it so, here and nowhere else.
                Urls("queueUrls"u8, sources.QueueUrls, sources.NextToken, json);
                break;
            case ListQueueTags.Response tagged:
                Map("Tags"u8, tagged.Tags, json);
                break;
            case GetQueueAttributes.Response attributes:
                Map("Attributes"u8, attributes.Attributes, json);
                break;
            case StartMessageMoveTask.Response started:
                json.WriteString("TaskHandle"u8, started.TaskHandle);
                break;
            case CancelMessageMoveTask.Response cancelled:
                json.WriteNumber("ApproximateNumberOfMessagesMoved"u8, cancelled.ApproximateNumberOfMessagesMoved);
                break;
            case ListMessageMoveTasks.Response moves:
                JsonMoves.Write(moves, json);
                break;
            case ErrorResponse { Error: var error }:
                json.WriteString("__type"u8, "com.amazonaws.sqs#" + error.Type);
                json.WriteString("message"u8, error.Message);
                break;
            case EmptyResponse:
                break;
            default:
                throw new InvalidOperationException($"No JSON is defined for {response.GetType().Name}.");
        }
    }

    private static void Receipt(SendReceipt receipt, Utf8JsonWriter json)
    {
        if (receipt.Id is not null) json.WriteString("Id"u8, receipt.Id);
        json.WriteString("MessageId"u8, receipt.Sent.MessageId);
        json.WriteString("MD5OfMessageBody"u8, receipt.Message.BodyMd5.ToString());
        if (receipt.Message.AttributesMd5 is { } md5) json.WriteString("MD5OfMessageAttributes"u8, md5.ToString());
        if (receipt.Message.SystemAttributesMd5 is { } system) json.WriteString("MD5OfMessageSystemAttributes"u8, system.ToString());
        if (receipt.Fifo) json.WriteString("SequenceNumber"u8, SendReceipt.SequenceNumber(receipt.Sent.Key));
    }

    private static void SentBatch(SendMessageBatch.Response batch, Utf8JsonWriter json)
    {
        json.WriteStartArray("Successful"u8);
        foreach (var receipt in batch.Successful)
        {
            json.WriteStartObject();
            Receipt(receipt, json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Failed(batch.Failed, json);
    }

    private static void Batch(BatchResponse batch, Utf8JsonWriter json)
    {
        json.WriteStartArray("Successful"u8);
        foreach (var id in batch.Successful)
        {
            json.WriteStartObject();
            json.WriteString("Id"u8, id);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Failed(batch.Failed, json);
    }

    private static void Failed(List<BatchError> failed, Utf8JsonWriter json)
    {
        if (failed.Count == 0) return;
        json.WriteStartArray("Failed"u8);
        foreach (var (id, error) in failed)
        {
            json.WriteStartObject();
            json.WriteString("Id"u8, id);
            json.WriteString("Code"u8, error.Code);
            json.WriteString("Message"u8, error.Message);
            json.WriteBoolean("SenderFault"u8, error.SenderFault);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Urls(ReadOnlySpan<byte> name, List<string> urls, string? nextToken, Utf8JsonWriter json)
    {
        json.WriteStartArray(name);
        foreach (var url in urls) json.WriteStringValue(url);
        json.WriteEndArray();
        if (nextToken is not null) json.WriteString("NextToken"u8, nextToken);
    }

    private static void Map(ReadOnlySpan<byte> name, IReadOnlyCollection<KeyValuePair<string, string>> map, Utf8JsonWriter json)
    {
        if (map.Count == 0) return;
        json.WriteStartObject(name);
        foreach (var (key, value) in map) json.WriteString(key, value);
        json.WriteEndObject();
    }
}
