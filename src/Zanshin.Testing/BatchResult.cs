using System.Runtime.ExceptionServices;
using Zanshin.Testing.Runs;

namespace Zanshin.Testing;

/// <summary>What came of one run of a batch handler. Converts to its <see cref="BatchOutcome"/>: where the handler threw, that throws the exception.</summary>
public sealed class BatchResult
{
    internal BatchResult(string queue, TrialResult result, IReadOnlyList<string> ids, IReadOnlyList<SentMessage> sent)
    {
        (Queue, Outcome, Exception, Cancelled) = (queue, result.Batch, result.Exception, result.Cancelled);
        (Extensions, Sent) = (result.Extensions, sent);
        Dictionary<string, Settlement> settled = result.Messages.ToDictionary(static m => m.Id, static m => m.Settled);
        Settled = [.. ids.Select(id => settled[id])];
    }

    /// <summary>The queue's name.</summary>
    public string Queue { get; }

    /// <summary>What the handler returned, and its middleware passed on; null when it threw.</summary>
    public BatchOutcome? Outcome { get; }

    /// <summary>What came out of all middleware; null when they returned.</summary>
    public Exception? Exception { get; }

    /// <summary>What becomes of each message, in the order in which they were given.</summary>
    public IReadOnlyList<Settlement> Settled { get; }

    /// <summary>Why the handler's token was cancelled, if it was.</summary>
    public CancelReason Cancelled { get; }

    /// <summary>What the handler asked of <see cref="Lease.ExtendAsync"/>, of any of the messages, in order.</summary>
    public IReadOnlyList<TimeSpan> Extensions { get; }

    /// <summary>What was sent while it ran, in order.</summary>
    public IReadOnlyList<SentMessage> Sent { get; }

    public static implicit operator BatchOutcome(BatchResult result) => result.ToBatchOutcome();

    /// <summary>What the handler returned.</summary>
    public BatchOutcome ToBatchOutcome()
    {
        if (Exception is not null)
            ExceptionDispatchInfo.Throw(Exception);
        return Outcome!;
    }

    public override string ToString() =>
        $"{(Exception is null ? "returned" : $"{Exception.GetType().Name}: {Exception.Message}")} (settled: {string.Join(", ", Settled)})";
}
