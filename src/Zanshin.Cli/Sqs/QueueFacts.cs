using System.Globalization;
using System.Text.Json;

namespace Zanshin.Cli.Sqs;

/// <summary>What a queue says of itself. Its counts are estimates, except on the local queue.</summary>
internal sealed record QueueFacts
{
    public required IReadOnlyDictionary<string, string> Attributes { get; init; }

    public long Visible { get; init; }

    public long InFlight { get; init; }

    public long Delayed { get; init; }

    public string? Arn { get; init; }

    /// <summary>Where its redrive policy sends what was received too often.</summary>
    public string? DeadLetterArn { get; init; }

    public int? MaxReceives { get; init; }

    public bool ContentBasedDeduplication { get; init; }

    public DateTimeOffset? Modified { get; init; }

    public static QueueFacts Of(IReadOnlyDictionary<string, string> attributes)
    {
        (string? arn, int? max) = Redrive(attributes.GetValueOrDefault("RedrivePolicy"));
        return new()
        {
            Attributes = attributes,
            Visible = Number(attributes, "ApproximateNumberOfMessages") ?? 0,
            InFlight = Number(attributes, "ApproximateNumberOfMessagesNotVisible") ?? 0,
            Delayed = Number(attributes, "ApproximateNumberOfMessagesDelayed") ?? 0,
            Arn = attributes.GetValueOrDefault("QueueArn"),
            DeadLetterArn = arn,
            MaxReceives = max,
            ContentBasedDeduplication = string.Equals(attributes.GetValueOrDefault("ContentBasedDeduplication"), "true", StringComparison.OrdinalIgnoreCase),
            Modified = Number(attributes, "LastModifiedTimestamp") is { } seconds and >= 0 and < 100_000_000_000 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
        };
    }

    // Some emulators write fractions of seconds.
    private static long? Number(IReadOnlyDictionary<string, string> attributes, string name) =>
        double.TryParse(attributes.GetValueOrDefault(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? (long)number : null;

    // {"deadLetterTargetArn":"arn:...","maxReceiveCount":5}, where the count may be a string.
    private static (string? Arn, int? Max) Redrive(string? policy)
    {
        if (string.IsNullOrEmpty(policy))
            return default;
        try
        {
            using JsonDocument json = JsonDocument.Parse(policy);
            string? arn = json.RootElement.TryGetProperty("deadLetterTargetArn", out JsonElement a) ? a.GetString() : null;
            int? max = json.RootElement.TryGetProperty("maxReceiveCount", out JsonElement m) && int.TryParse(m.ToString(), out int n) ? n : null;
            return (arn, max);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return default;
        }
    }
}
