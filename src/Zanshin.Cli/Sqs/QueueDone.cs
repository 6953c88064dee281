namespace Zanshin.Cli.Sqs;

/// <summary>The result of <c>delete</c> and <c>purge</c>.</summary>
internal sealed record QueueDone(string Queue, string Url, string Done, long MessagesBefore);
