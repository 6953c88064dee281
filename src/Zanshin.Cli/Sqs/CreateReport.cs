namespace Zanshin.Cli.Sqs;

/// <param name="Created">False: it was there already, with these attributes.</param>
internal sealed record CreateReport(string Queue, string Url, bool Created, string? DeadLetterQueue, bool DeadLetterQueueCreated);
