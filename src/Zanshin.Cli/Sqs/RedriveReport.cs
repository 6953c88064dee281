namespace Zanshin.Cli.Sqs;

/// <param name="Status">RUNNING, COMPLETED, CANCELLING, CANCELLED or FAILED, as SQS names them; NONE where there is no move.</param>
/// <param name="To">An ARN; null: to the queues that the messages came from.</param>
internal sealed record RedriveReport(
    string Queue, string Status, long Moved, long? ToMove, string? To, int? Rate, DateTimeOffset? Started, string? Failure, bool Interrupted, IReadOnlyList<string> Problems);
