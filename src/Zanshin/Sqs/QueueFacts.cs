namespace Zanshin.Sqs;

/// <summary>What the queue said of itself when the worker started.</summary>
/// <param name="Visibility">Its default visibility timeout.</param>
/// <param name="DeadLetterArn">Where its redrive policy sends what was received too often.</param>
/// <param name="MaxReceiveCount">How often that is.</param>
/// <param name="Clock">What its answers said of the server's clock.</param>
/// <param name="RoundTrip">How long it took to say so: what is known of the way to SQS before the first delete.</param>
internal sealed record QueueFacts(string Url, string Arn, bool Fifo, TimeSpan Visibility, string? DeadLetterArn, int? MaxReceiveCount, TimeSpan RoundTrip, ServerClock? Clock = null);
