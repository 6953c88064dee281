namespace Zanshin.Cli.Sqs;

/// <param name="DeadLetterQueue">Its ARN.</param>
internal sealed record QueueRow(
    string Name, string Url, long Available, long InFlight, long Delayed, DateTimeOffset? LastModified, bool Fifo, string? DeadLetterQueue, int? MaxReceives);
