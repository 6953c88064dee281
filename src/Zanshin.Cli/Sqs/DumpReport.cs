namespace Zanshin.Cli.Sqs;

/// <param name="Returned">Made visible again.</param>
/// <param name="NextReceiveIsTooMany">Of these: go to the dead-letter queue at their next receive.</param>
/// <param name="InFlight">With others, at the end; null: not known.</param>
internal sealed record DumpReport(
    string Queue, string File, long Messages, long Deleted, long Returned, long NextReceiveIsTooMany, long? InFlight, long? Delayed, bool Interrupted, IReadOnlyList<string> Problems);
