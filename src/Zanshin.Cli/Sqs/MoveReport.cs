namespace Zanshin.Cli.Sqs;

/// <param name="Moved">Sent, those of <paramref name="OnBoth"/> included.</param>
/// <param name="Failed">Not sent: they stay where they were.</param>
/// <param name="OnBoth">Sent, and could not be deleted.</param>
internal sealed record MoveReport(string From, string To, long Moved, long Failed, long OnBoth, bool Interrupted, IReadOnlyList<string> Problems);
