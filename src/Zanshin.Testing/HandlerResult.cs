using System.Runtime.ExceptionServices;
using System.Text;
using Zanshin.Testing.Runs;

namespace Zanshin.Testing;

/// <summary>What came of one run of a handler. Converts to its <see cref="Zanshin.Outcome"/>: where the handler threw, that throws the exception.</summary>
public sealed class HandlerResult
{
    internal HandlerResult(string queue, TrialResult result, IReadOnlyList<SentMessage> sent)
        : this(queue, result, result.Messages[0], sent)
    {
    }

    /// <summary>Of one message of a batch.</summary>
    internal HandlerResult(string queue, TrialResult result, (string Id, Settlement Settled) message, IReadOnlyList<SentMessage> sent)
    {
        (Queue, Exception, Cancelled, Extensions, Sent) = (queue, result.Exception, result.Cancelled, result.Extensions, sent);
        (MessageId, Settled) = message;
        Outcome = result.Outcome ?? result.Batch?.Of(MessageId);
    }

    /// <summary>The queue's name.</summary>
    public string Queue { get; }

    /// <summary>The MessageId of SQS: of what was sent in the recorded or the inline mode, that of the sent message.</summary>
    public string MessageId { get; }

    /// <summary>What the handler returned, and its middleware passed on; null when it threw.</summary>
    public Outcome? Outcome { get; }

    /// <summary>What came out of all middleware; null when they returned.</summary>
    public Exception? Exception { get; }

    /// <summary>What becomes of the message, by the queue's policies.</summary>
    public Settlement Settled { get; }

    /// <summary>Why the handler's token was cancelled, if it was.</summary>
    public CancelReason Cancelled { get; }

    /// <summary>What the handler asked of <see cref="Lease.ExtendAsync"/>, in order. The worker's own extensions are not among it.</summary>
    public IReadOnlyList<TimeSpan> Extensions { get; }

    /// <summary>What was sent while it ran, in order.</summary>
    public IReadOnlyList<SentMessage> Sent { get; }

    public static implicit operator Outcome(HandlerResult result) => result.ToOutcome();

    /// <summary>What the handler returned.</summary>
    public Outcome ToOutcome()
    {
        if (Exception is not null)
            ExceptionDispatchInfo.Throw(Exception);
        return Outcome!.Value;
    }

    public override string ToString()
    {
        var text = new StringBuilder(Exception is null ? $"{Outcome}" : $"{Exception.GetType().Name}: {Exception.Message}");
        if (Cancelled != CancelReason.None)
            text.Append(", token cancelled: ").Append(Cancelled);
        return text.Append(" (settled: ").Append(Settled).Append(')').ToString();
    }
}
