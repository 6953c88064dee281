namespace Zanshin.Cli.Sqs;

/// <param name="FailedFile">The lines that were not sent; null: all were.</param>
internal sealed record RequeueReport(string Queue, string File, long Sent, long NotSent, string? FailedFile, bool Interrupted, IReadOnlyList<string> Problems);
