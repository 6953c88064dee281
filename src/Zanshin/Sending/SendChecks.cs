using System.Buffers;
using System.Globalization;
using Amazon.SQS.Model;

namespace Zanshin.Sending;

/// <summary>What SQS takes of a message: checked here, in words, because SQS says it per entry, late, and for some only by refusing the whole batch.</summary>
internal static class SendChecks
{
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

    // #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD (SQS API reference, SendMessage). Half a surrogate pair is looked for apart.
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Except([9, 10, 13]).Select(static i => (char)i), '\uFFFE', '\uFFFF']);

    /// <summary>What is wrong with the message as a send middleware has left it; null for nothing.</summary>
    public static string? Message(Outgoing message)
    {
        if (string.IsNullOrEmpty(message.Text))
            return "The body is empty: SQS takes no message without one.";
        if (!IsAllowed(message.Text))
            return "The body has a character that SQS does not take: of the control characters it takes tab, line feed and carriage return only. Body.Bytes sends anything.";
        if (message.Fifo && string.IsNullOrEmpty(message.Group))
            return $"'{message.Queue}' is a FIFO queue: give the message a Group, within which order is kept.";
        if (!message.Fifo && message.DeduplicationId is not null)
            return $"'{message.Queue}' is not a FIFO queue: it takes no DeduplicationId.";
        if (message.Group is { } group && !IsId(group))
            return $"The Group '{group}' is not possible: 1 to 128 letters, digits and punctuation of ASCII.";
        if (message.DeduplicationId is { } id && !IsId(id))
            return $"The DeduplicationId '{id}' is not possible: 1 to 128 letters, digits and punctuation of ASCII.";
        foreach ((string name, MessageAttributeValue value) in message.Attributes)
        {
            if (Attribute(name, value) is { } problem)
                return problem;
        }
        return null;
    }

    /// <summary>What is wrong with an attribute; null for nothing.</summary>
    public static string? Attribute(string name, MessageAttributeValue? value)
    {
        if (!IsName(name))
            return $"The attribute name '{name}' is not possible: 1 to 256 letters, digits, '_', '-' and '.', not beginning with AWS. or Amazon., and no period at an end or beside another.";
        string type = value?.DataType ?? "";
        string kind = type.Split('.', 2)[0];
        if (value is null || kind is not ("String" or "Number" or "Binary") || type.Length > 256)
            return $"The attribute '{name}' has the data type '{type}': it must be String, Number or Binary, or one of these with a label, like Number.int.";
        bool binary = kind == "Binary";
        if (binary ? value.BinaryValue is not { Length: > 0 } : string.IsNullOrEmpty(value.StringValue))
            return $"The attribute '{name}' is empty: SQS takes no attribute without a value.";
        if (!binary && !IsAllowed(value.StringValue))
            return $"The attribute '{name}' has a character that SQS does not take.";
        if (kind == "Number" && !(double.TryParse(value.StringValue, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)))
            return $"The attribute '{name}' is a Number, and its value is not one.";
        return null;
    }

    private static bool IsId(string id) => id.Length is > 0 and <= 128 && !id.AsSpan().ContainsAnyExcept(IdCharacters);

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 256
        && name[0] != '.' && name[^1] != '.' && !name.Contains("..", StringComparison.Ordinal)
        && !name.StartsWith("AWS.", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("Amazon.", StringComparison.OrdinalIgnoreCase)
        && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private static bool IsAllowed(string text)
    {
        if (text.AsSpan().ContainsAny(Forbidden))
            return false;
        for (int i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }
        return true;
    }
}
