using System.Diagnostics;
using System.Globalization;
using Amazon.SQS.Model;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Observing;

/// <summary>
/// The trace that a message comes from: its attributes <c>traceparent</c> and <c>tracestate</c> (W3C), else the system attribute
/// <c>AWSTraceHeader</c> (X-Ray), whose ids have the same length and mean the same.
/// </summary>
internal static class SenderTrace
{
    public static ActivityContext Of(SqsMessage raw)
    {
        if (Text(raw, "traceparent") is { } parent)
            return ActivityContext.TryParse(parent, Text(raw, "tracestate"), isRemote: true, out ActivityContext context) ? context : default;
        return raw.Attributes?.GetValueOrDefault("AWSTraceHeader") is { } header ? OfXRay(header) : default;
    }

    /// <summary>Links to what sent the messages, each with the id of its message; none for a message that brings no trace.</summary>
    public static IEnumerable<ActivityLink> Links(IEnumerable<SqsMessage> messages) =>
        from message in messages
        let sender = Of(message)
        where sender != default
        select new ActivityLink(sender, new ActivityTagsCollection { ["messaging.message.id"] = message.MessageId });

    /// <summary>What the sender put in its baggage; at most 64 pairs.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Baggage(SqsMessage raw)
    {
        foreach (string pair in (Text(raw, "baggage") ?? "").Split(',', 65, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(64))
        {
            // Properties after a semicolon belong to nobody here.
            string[] parts = pair.Split(';')[0].Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts is [{ Length: > 0 } name, var value])
                yield return new(Uri.UnescapeDataString(name), Uri.UnescapeDataString(value));
        }
    }

    private static string? Text(SqsMessage raw, string attribute) =>
        raw.MessageAttributes?.TryGetValue(attribute, out MessageAttributeValue? value) == true ? value?.StringValue : null;

    // Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1
    private static ActivityContext OfXRay(string header)
    {
        string? trace = null, parent = null;
        ActivityTraceFlags flags = ActivityTraceFlags.Recorded;
        foreach (string part in header.Split(';', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("Root=1-", StringComparison.Ordinal))
                trace = part["Root=1-".Length..].Replace("-", "", StringComparison.Ordinal);
            else if (part.StartsWith("Parent=", StringComparison.Ordinal))
                parent = part["Parent=".Length..];
            else if (part == "Sampled=0")
                flags = ActivityTraceFlags.None;
        }
        return ActivityContext.TryParse(string.Create(CultureInfo.InvariantCulture, $"00-{trace}-{parent}-{(int)flags:x2}"), null, isRemote: true, out ActivityContext context) ? context : default;
    }
}
