using System.Text.Json;

namespace Zanshin.Sqs;

/// <summary>What the queue said of itself when the worker started.</summary>
/// <param name="Visibility">Its default visibility timeout.</param>
/// <param name="DeadLetterArn">Where its redrive policy sends what was received too often.</param>
/// <param name="MaxReceiveCount">How often that is.</param>
/// <param name="Clock">What its answers said of the server's clock.</param>
/// <param name="RoundTrip">How long it took to say so: what is known of the way to SQS before the first delete.</param>
internal sealed record QueueFacts(string Url, string Arn, bool Fifo, TimeSpan Visibility, string? DeadLetterArn, int? MaxReceiveCount, TimeSpan RoundTrip, ServerClock? Clock = null)
{
    /// <summary>What a redrive policy says: <c>{"deadLetterTargetArn":"arn:...","maxReceiveCount":5}</c>, where the count may be a string. Nothing where it is none.</summary>
    public static (string? Arn, int? MaxReceives) Redrive(string? policy)
    {
        if (string.IsNullOrEmpty(policy))
            return default;
        using JsonDocument json = JsonDocument.Parse(policy);
        string? arn = json.RootElement.TryGetProperty("deadLetterTargetArn", out JsonElement a) ? a.GetString() : null;
        int? max = json.RootElement.TryGetProperty("maxReceiveCount", out JsonElement m) && int.TryParse(m.ToString(), out int n) ? n : null;
        return (arn, max);
    }

    /// <summary>The same for its dead-letter queue: SQS has it in the same account and region, so its URL differs in the name only.</summary>
    public QueueFacts OfDeadLetters(string arn)
    {
        string name = arn[(arn.LastIndexOf(':') + 1)..];
        return this with { Arn = arn, Url = Url[..(Url.LastIndexOf('/') + 1)] + name, Fifo = name.EndsWith(".fifo", StringComparison.Ordinal), DeadLetterArn = null, MaxReceiveCount = null };
    }
}
