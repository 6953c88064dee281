using System.Globalization;
using System.Text.Json;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary>One line of a file of messages, as <see cref="DumpLine"/> writes and people do: a JSON object with a body.</summary>
internal static class MessageLine
{
    /// <summary>Facts of a dumped message that no send can give: read over.</summary>
    private static readonly string[] s_facts = ["id", "sent", "firstReceived", "receiveCount", "sender", "sequenceNumber", "deadLetterSource"];

    private static readonly string[] s_fields = ["body", "attributes", "group", "deduplicationId", "delay", "trace"];

    /// <exception cref="FormatException">What is wrong with it, to be put after "line 7 of FILE".</exception>
    public static Outgoing Read(string text, int line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            return Read(json.RootElement, line);
        }
        catch (JsonException exception)
        {
            throw new FormatException("is not JSON", exception);
        }
        catch (InvalidOperationException exception)
        {
            // Half of a surrogate pair, escaped.
            throw new FormatException("has a text that is no Unicode", exception);
        }
    }

    private static Outgoing Read(JsonElement json, int line)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new FormatException("is not a JSON object");
        foreach (JsonProperty property in json.EnumerateObject())
        {
            if (!s_fields.Contains(property.Name) && !s_facts.Contains(property.Name))
                throw new FormatException($"has a field \"{property.Name}\": there are {string.Join(", ", s_fields)}");
        }
        if (!json.TryGetProperty("body", out JsonElement body) || body.ValueKind == JsonValueKind.Null)
            throw new FormatException("has no \"body\"");
        // What is no text goes out as the JSON it is.
        string content = body.ValueKind == JsonValueKind.String ? body.GetString()! : body.GetRawText();
        if (content.Length == 0)
            throw new FormatException("has an empty \"body\", which SQS does not take");
        return new Outgoing
        {
            Line = line,
            Body = content,
            Attributes = json.TryGetProperty("attributes", out JsonElement attributes) ? Attributes(attributes) : [],
            Group = Text(json, "group"),
            DeduplicationId = Text(json, "deduplicationId"),
            DelaySeconds = Delay(json),
            Trace = Text(json, "trace"),
            OriginalId = Text(json, "id"),
        };
    }

    private static Dictionary<string, MessageAttributeValue> Attributes(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new FormatException("has \"attributes\" that are no JSON object");
        var attributes = new Dictionary<string, MessageAttributeValue>();
        foreach (JsonProperty attribute in json.EnumerateObject())
            attributes[attribute.Name] = Value(attribute.Name, attribute.Value);
        return attributes;
    }

    private static MessageAttributeValue Value(string name, JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String)
            return new() { DataType = "String", StringValue = json.GetString() };
        if (json.ValueKind == JsonValueKind.Number)
            return new() { DataType = "Number", StringValue = json.GetRawText() };
        if (json.ValueKind != JsonValueKind.Object || Text(json, "type") is not { } type || Text(json, "value") is not { } value)
            throw new FormatException($"has an attribute \"{name}\" that is no text, no number and no {{\"type\", \"value\"}}");
        if (!type.StartsWith("Binary", StringComparison.Ordinal))
            return new() { DataType = type, StringValue = value };
        try
        {
            return new() { DataType = type, BinaryValue = new MemoryStream(Convert.FromBase64String(value), writable: false) };
        }
        catch (FormatException exception)
        {
            throw new FormatException($"has a binary attribute \"{name}\" that is not base64", exception);
        }
    }

    private static int? Delay(JsonElement json)
    {
        if (!json.TryGetProperty("delay", out JsonElement delay) || delay.ValueKind == JsonValueKind.Null)
            return null;
        return delay.ValueKind == JsonValueKind.Number && delay.TryGetInt32(out int seconds) && seconds is >= 0 and <= 900
            ? seconds
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"has a \"delay\" that is not a whole number of seconds from 0 to 900"));
    }

    private static string? Text(JsonElement json, string name) => !json.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new FormatException($"has a \"{name}\" that is no text");
}
