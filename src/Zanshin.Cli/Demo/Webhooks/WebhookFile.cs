using System.Text;
using System.Text.Json;

namespace Zanshin.Cli.Demo.Webhooks;

/// <summary>Reads deliveries, one <c>{"event": NAME, "payload": {...}}</c> a line. Empty lines are skipped.</summary>
internal static class WebhookFile
{
    // SQS counts body and attributes together; the rest is for the type name.
    private const int LongestPayload = 1024 * 1024 - 512;
    private const int LongestName = 256;

    /// <exception cref="Refusal">It cannot be read, or a line is bad: the first one is named.</exception>
    public static IReadOnlyList<Letter> Read(string file, Func<string, WebhookEvent> eventOf)
    {
        byte[] bytes = Bytes(file);
        ReadOnlySpan<byte> rest = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan()[Encoding.UTF8.Preamble.Length..] : bytes;
        List<Letter> deliveries = [];
        for (int line = 1; !rest.IsEmpty; line++)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> text = rest[..(end < 0 ? rest.Length : end)].Trim(" \t\r"u8);
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (text.IsEmpty)
                continue;
            try
            {
                deliveries.Add(Delivery(text.ToArray(), eventOf));
            }
            catch (Exception problem) when (problem is JsonException or Refusal or InvalidOperationException)
            {
                throw new Refusal($"line {line} of {file} {Sentence(problem)}: correct or remove it; nothing was sent.", problem);
            }
        }
        return deliveries.Count > 0 ? deliveries : throw new Refusal($"{file} is empty: give a file with one {{\"event\",\"payload\"}} a line.");
    }

    private static Letter Delivery(byte[] text, Func<string, WebhookEvent> eventOf)
    {
        using JsonDocument json = JsonDocument.Parse(text);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new Refusal("is not a JSON object with \"event\" and \"payload\"");
        if (!json.RootElement.TryGetProperty("event", out JsonElement name) || name.ValueKind != JsonValueKind.String || name.GetString() is not { Length: > 0 and <= LongestName } type)
            throw new Refusal("has no \"event\" with the name of one");
        if (!json.RootElement.TryGetProperty("payload", out JsonElement payload) || payload.ValueKind != JsonValueKind.Object)
            throw new Refusal("has no \"payload\" that is a JSON object");
        string body = payload.GetRawText();
        if (Encoding.UTF8.GetByteCount(body) > LongestPayload)
            throw new Refusal("has a payload over 1 MiB, which SQS does not take");
        try
        {
            eventOf(type).Check(body);
        }
        catch (JsonException problem)
        {
            throw new Refusal($"has a payload that is not that of a '{type}' event ({Misfit(problem)})", problem);
        }
        return new(type, body);
    }

    private static byte[] Bytes(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new Refusal($"--messages: there is no file {file}: give the path of a JSON Lines file.", problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new Refusal($"--messages: {file} cannot be read ({problem.Message.TrimEnd('.')}): give a file that can.", problem);
        }
    }

    private static string Sentence(Exception problem) => problem switch
    {
        Refusal => problem.Message,
        JsonException json => $"is not JSON ({Short(json)})",
        _ => "has text that is no Unicode", // As JsonElement says it: bytes that are not UTF-8, or half a surrogate pair.
    };

    // System.Text.Json speaks of our types; the user knows only the payload.
    private static string Misfit(JsonException problem)
    {
        const string Missing = "missing required properties including: ";
        int at = problem.Message.IndexOf(Missing, StringComparison.Ordinal);
        string path = problem.Path is null or "$" ? "" : $" in {problem.Path}";
        return at >= 0
            ? $"{problem.Message[(at + Missing.Length)..].Split(". Path")[0].TrimEnd('.', ';', ' ')} missing{path}"
            : $"{problem.Path} is of another kind";
    }

    // Without the "LineNumber: 0" that System.Text.Json appends: it counts from 0, and within our line.
    private static string Short(JsonException problem)
    {
        string text = problem.Message.ReplaceLineEndings(" ");
        foreach (string tail in (string[])[" Path: ", " LineNumber: "])
        {
            int at = text.IndexOf(tail, StringComparison.Ordinal);
            text = at < 0 ? text : text[..at];
        }
        text = text.TrimEnd('.', ' ');
        return problem.BytePositionInLine is { } position ? $"{text}, at byte {position}" : text;
    }
}
