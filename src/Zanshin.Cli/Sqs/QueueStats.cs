namespace Zanshin.Cli.Sqs;

/// <param name="Attributes">As SQS names them.</param>
/// <param name="DeadLettersOf">URLs of the queues whose dead-letter queue this is; null: may not be read.</param>
/// <param name="Tags">Null: may not be read.</param>
internal sealed record QueueStats(
    string Queue, string Url, long Available, long InFlight, long Delayed,
    IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string>? DeadLettersOf, IReadOnlyDictionary<string, string>? Tags, IReadOnlyList<string> Unreadable);
