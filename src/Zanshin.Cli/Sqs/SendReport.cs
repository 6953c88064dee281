namespace Zanshin.Cli.Sqs;

/// <param name="MessageId">Of a lone message.</param>
internal sealed record SendReport(string Queue, long Sent, long Failed, string? MessageId, bool Interrupted, IReadOnlyList<string> Problems);
