using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Zanshin.Handling;

/// <summary>S3's event message, version 2.</summary>
internal sealed class S3EventBody : BodyReader<S3Event>
{
    private const string NoEvent = "The body is not an event of S3: ";

    public override S3Event Read(Message message)
    {
        using var document = JsonDocument.Parse(message.Text, new JsonDocumentOptions { AllowDuplicateProperties = false });
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new UnreadableMessageException(NoEvent + "it is no JSON object.");
        if (root.TryGetProperty("Records", out JsonElement records) && records.ValueKind == JsonValueKind.Array)
            return new S3Event { Records = [.. records.EnumerateArray().Select(Record)] };
        return Text(root, "Event") == "s3:TestEvent" ? new S3Event { IsTest = true } : throw new UnreadableMessageException(NoEvent + "it has no 'Records'.");
    }

    public override string Write(S3Event body)
    {
        using var utf8 = new MemoryStream();
        using (var json = new Utf8JsonWriter(utf8))
        {
            json.WriteStartObject();
            if (body.IsTest)
            {
                json.WriteString("Service", "Amazon S3");
                json.WriteString("Event", "s3:TestEvent");
            }
            else
            {
                json.WriteStartArray("Records");
                foreach (S3Record record in body.Records)
                    Write(json, record);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(utf8.GetBuffer(), 0, (int)utf8.Length);
    }

    private static S3Record Record(JsonElement record)
    {
        JsonElement s3 = Part(record, "s3"), bucket = Part(s3, "bucket"), thing = Part(s3, "object");
        return new S3Record
        {
            EventName = Required(record, "eventName"),
            EventTime = DateTimeOffset.TryParse(Text(record, "eventTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : default,
            Region = Text(record, "awsRegion"),
            Bucket = Required(bucket, "name"),
            BucketArn = Text(bucket, "arn"),
            Key = WebUtility.UrlDecode(Required(thing, "key")),
            Size = thing.TryGetProperty("size", out JsonElement size) && size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out long bytes) ? bytes : null,
            ETag = Text(thing, "eTag"),
            VersionId = Text(thing, "versionId"),
            Sequencer = Text(thing, "sequencer"),
            ConfigurationId = Text(s3, "configurationId"),
            PrincipalId = record.TryGetProperty("userIdentity", out JsonElement user) && user.ValueKind == JsonValueKind.Object ? Text(user, "principalId") : null,
        };
    }

    private static void Write(Utf8JsonWriter json, S3Record record)
    {
        json.WriteStartObject();
        json.WriteString("eventVersion", "2.1");
        json.WriteString("eventSource", "aws:s3");
        Write(json, "awsRegion", record.Region);
        json.WriteString("eventTime", record.EventTime.UtcDateTime);
        json.WriteString("eventName", record.EventName);
        if (record.PrincipalId is not null)
        {
            json.WriteStartObject("userIdentity");
            json.WriteString("principalId", record.PrincipalId);
            json.WriteEndObject();
        }
        json.WriteStartObject("s3");
        json.WriteString("s3SchemaVersion", "1.0");
        Write(json, "configurationId", record.ConfigurationId);
        json.WriteStartObject("bucket");
        json.WriteString("name", record.Bucket);
        Write(json, "arn", record.BucketArn);
        json.WriteEndObject();
        json.WriteStartObject("object");
        json.WriteString("key", WebUtility.UrlEncode(record.Key));
        if (record.Size is { } size)
            json.WriteNumber("size", size);
        Write(json, "eTag", record.ETag);
        Write(json, "versionId", record.VersionId);
        Write(json, "sequencer", record.Sequencer);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static JsonElement Part(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement part) && part.ValueKind == JsonValueKind.Object
            ? part
            : throw new UnreadableMessageException(NoEvent + $"a record has no '{name}'.");

    private static string Required(JsonElement of, string name) => Text(of, name) ?? throw new UnreadableMessageException(NoEvent + $"a record has no '{name}'.");

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
