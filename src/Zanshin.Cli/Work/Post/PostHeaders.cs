using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Work.Post;

/// <summary>A message's attributes as headers. Whoever sent the message chose them, so they cannot end a header or begin another.</summary>
internal static class PostHeaders
{
    public static void Add(HttpRequestHeaders headers, Message message)
    {
        Add(headers, "X-Sqs-Message-Id", message.Id);
        Add(headers, "X-Sqs-Queue", message.Queue);
        Add(headers, "X-Sqs-Receive-Count", message.SystemAttributes.GetValueOrDefault("ApproximateReceiveCount") ?? message.Attempt.ToString(CultureInfo.InvariantCulture));
        Add(headers, "X-Sqs-Sent-At", Time(message, "SentTimestamp"));
        Add(headers, "X-Sqs-First-Received-At", Time(message, "ApproximateFirstReceiveTimestamp"));
        Add(headers, "X-Sqs-Group", message.Group);
        Add(headers, "X-Sqs-Sequence-Number", message.SystemAttributes.GetValueOrDefault("SequenceNumber"));
        foreach ((string name, MessageAttributeValue value) in message.Attributes)
        {
            string? text = value.BinaryValue is { } binary ? Convert.ToBase64String(binary.ToArray()) : value.StringValue;
            Add(headers, name is "traceparent" or "tracestate" ? name : $"X-Sqs-Attribute-{name}", text);
        }
    }

    /// <summary>What the message's own attribute <c>content-type</c> says, where it can be read.</summary>
    public static MediaTypeHeaderValue? ContentType(Message message) =>
        message.Attributes.FirstOrDefault(static a => a.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)).Value?.StringValue is { } text
        && MediaTypeHeaderValue.TryParse(Safe(text), out MediaTypeHeaderValue? type) ? type : null;

    private static void Add(HttpRequestHeaders headers, string name, string? value)
    {
        // Names of attributes are letters, digits, _, - and .: all of them may stand in a header's name.
        if (value is not null && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
            headers.TryAddWithoutValidation(name, Safe(value));
    }

    /// <summary>Printable ASCII as it stands; everything else, and the percent sign, percent-encoded in UTF-8, and so are spaces at the ends.</summary>
    public static string Safe(string value)
    {
        var safe = new StringBuilder(value.Length);
        Span<byte> bytes = stackalloc byte[4];
        int end = 0;
        foreach (Rune rune in value.EnumerateRunes())
        {
            bool first = end == 0, last = (end += rune.Utf16SequenceLength) == value.Length;
            if (rune.Value is > 0x20 and < 0x7F and not '%' || (rune.Value == ' ' && !first && !last))
            {
                safe.Append((char)rune.Value);
                continue;
            }
            foreach (byte b in bytes[..rune.EncodeToUtf8(bytes)])
                safe.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return safe.ToString();
    }

    private static string? Time(Message message, string attribute) =>
        long.TryParse(message.SystemAttributes.GetValueOrDefault(attribute), NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds)
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
            : null;
}
