namespace Zanshin.Cli.Sqs;

internal sealed record QueueList(string Where, IReadOnlyList<QueueRow> Queues);
