using System.Globalization;
using System.Text;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Work.Exec;

/// <summary>A message as environment variables. All begin with ZANSHIN_ (or are TRACEPARENT, TRACESTATE), so no sender sets PATH.</summary>
internal static class MessageEnvironment
{
    /// <summary>A system takes 128 KiB a variable, and some MiB in all.</summary>
    private const int Longest = 32 * 1024;

    public static IEnumerable<(string Name, string Value)> Of(Message message)
    {
        yield return ("ZANSHIN_MESSAGE_ID", message.Id);
        yield return ("ZANSHIN_QUEUE", message.Queue);
        yield return ("ZANSHIN_ATTEMPT", message.Attempt.ToString(CultureInfo.InvariantCulture));
        yield return ("ZANSHIN_RECEIVE_COUNT", message.SystemAttributes.GetValueOrDefault("ApproximateReceiveCount") ?? "1");
        yield return ("ZANSHIN_SENT_AT", message.SentAt.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        if (message.Group is { } group)
            yield return ("ZANSHIN_GROUP", group);
        if (message.Type is { } type)
            yield return ("ZANSHIN_TYPE", type);
        foreach ((string name, MessageAttributeValue value) in message.Attributes)
        {
            string? text = value.BinaryValue is { } binary ? Convert.ToBase64String(binary.ToArray()) : value.StringValue;
            if (text is null || text.Length > Longest || text.Contains('\0', StringComparison.Ordinal))
                continue;
            yield return (name is "traceparent" or "tracestate" ? name.ToUpperInvariant() : $"ZANSHIN_ATTRIBUTE_{Word(name)}", text);
        }
    }

    // As shells can read it: order-id is ORDER_ID.
    private static string Word(string name)
    {
        var word = new StringBuilder(name.Length);
        foreach (char c in name)
            word.Append(char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_');
        return word.ToString();
    }
}
