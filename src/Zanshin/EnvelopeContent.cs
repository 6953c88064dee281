using Amazon.SQS.Model;

namespace Zanshin;

/// <summary>What is in an envelope; before the first is opened, the message as it came.</summary>
public sealed record EnvelopeContent
{
    private static readonly Dictionary<string, MessageAttributeValue> NoAttributes = [];
    private static readonly Dictionary<string, string> NoFields = [];

    /// <summary>The text that the handler's reader reads.</summary>
    public required string Text { get; init; }

    /// <summary>The type name; null for none.</summary>
    public string? Type { get; init; }

    /// <summary>The sender's message attributes.</summary>
    public IReadOnlyDictionary<string, MessageAttributeValue> Attributes { get; init; } = NoAttributes;

    /// <summary>The envelope's own fields, by their names there; what is no string is JSON. Of nested envelopes the inner one's win.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = NoFields;

    /// <summary>Without the text: bodies do not go into logs.</summary>
    public override string ToString() => $"{Type ?? "no type"}, {Text.Length} characters";
}
