namespace Zanshin.Testing.Runs;

/// <summary>What came of a trial. One of the two outcomes, or the exception; with none of them a batch middleware returned null.</summary>
internal sealed record TrialResult(
    Outcome? Outcome, BatchOutcome? Batch, Exception? Exception, CancelReason Cancelled, IReadOnlyList<TimeSpan> Extensions, IReadOnlyList<(string Id, Settlement Settled)> Messages);
