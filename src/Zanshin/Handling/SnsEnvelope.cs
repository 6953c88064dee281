using System.Text.Json;
using Amazon.SQS.Model;

namespace Zanshin.Handling;

/// <summary>What SNS delivers: a notification, or, from a topic with raw delivery, the message itself.</summary>
internal sealed class SnsEnvelope : Envelope
{
    private const string What = "a notification of SNS";

    public override EnvelopeContent Unwrap(EnvelopeContent content)
    {
        if (!content.Text.AsSpan().TrimStart().StartsWith('{') || !content.Text.Contains("\"TopicArn\"", StringComparison.Ordinal))
            return content;
        JsonFields fields;
        try
        {
            fields = new JsonFields(content.Text, What);
        }
        catch (UnreadableMessageException)
        {
            // Delivered raw, and its handler will say what is wrong with it.
            return content;
        }
        if (!fields.IsString("Type") || !fields.IsString("TopicArn"))
            return content;
        switch (fields.String("Type"))
        {
            case "Notification":
                return content with
                {
                    Text = fields.Required("Message"),
                    Attributes = Attributes(fields, content.Attributes),
                    Fields = fields.Over(content.Fields, "Message", "MessageAttributes"),
                };
            case "SubscriptionConfirmation" or "UnsubscribeConfirmation":
                throw fields.Wrong("it asks to confirm a subscription, which is for its owner to do");
            default:
                return content;
        }
    }

    private static Dictionary<string, MessageAttributeValue> Attributes(JsonFields fields, IReadOnlyDictionary<string, MessageAttributeValue> outer)
    {
        Dictionary<string, MessageAttributeValue> all = new(outer);
        if (!fields.Has("MessageAttributes") || fields.IsNull("MessageAttributes"))
            return all;
        using var attributes = JsonDocument.Parse(fields.Raw("MessageAttributes"), new JsonDocumentOptions { AllowDuplicateProperties = false });
        if (attributes.RootElement.ValueKind != JsonValueKind.Object)
            throw fields.Wrong("its 'MessageAttributes' are no object");
        foreach (JsonProperty attribute in attributes.RootElement.EnumerateObject())
        {
            if (attribute.Value.ValueKind != JsonValueKind.Object || Text(attribute.Value, "Type") is not { } type || Text(attribute.Value, "Value") is not { } value)
                throw fields.Wrong("one of its 'MessageAttributes' has no Type or Value");
            all[attribute.Name] = type.StartsWith("Binary", StringComparison.Ordinal)
                ? new() { DataType = type, BinaryValue = new MemoryStream(Convert.FromBase64String(value), writable: false) }
                : new() { DataType = type, StringValue = value };
        }
        return all;
    }

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
