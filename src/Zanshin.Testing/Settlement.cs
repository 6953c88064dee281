using Zanshin.Pipeline;

namespace Zanshin.Testing;

/// <summary>What becomes of a message in its queue: the outcome, with the queue's exceptions, schedules and policies applied.</summary>
public readonly record struct Settlement
{
    internal Settlement(Verdict verdict) => (Kind, Delay, Reason) = verdict.Kind switch
    {
        // Once it is copied, a rejected message is deleted too, with the reason kept.
        VerdictKind.Delete => (verdict.Reason is null ? SettlementKind.Done : SettlementKind.Reject, null, verdict.Reason),
        VerdictKind.Reject => (SettlementKind.Reject, null, verdict.Reason),
        VerdictKind.Retry => (SettlementKind.Retry, verdict.Delay, null),
        VerdictKind.Return => (SettlementKind.Returned, null, null),
        _ => (SettlementKind.None, (TimeSpan?)null, (string?)null),
    };

    public SettlementKind Kind { get; }

    /// <summary>Of a retry: how long the message stays invisible. Where the queue's schedule has jitter, it has it too.</summary>
    public TimeSpan? Delay { get; }

    /// <summary>Of a reject: why.</summary>
    public string? Reason { get; }

    public override string ToString() => Kind switch
    {
        SettlementKind.Retry => $"Retry after {Delay}",
        SettlementKind.Reject => $"Reject: {Reason}",
        _ => Kind.ToString(),
    };
}
