namespace Zanshin;

/// <summary>
/// What became of one message: the value that a handler returns and that is settled once, after all middleware.
/// <c>default</c> is <see cref="Done"/>.
/// </summary>
public readonly record struct Outcome
{
    private Outcome(OutcomeKind kind, TimeSpan? delay, string? reason) => (Kind, Delay, Reason) = (kind, delay, reason);

    public OutcomeKind Kind { get; }

    /// <summary>For a retry: how long the message stays invisible; <c>null</c> leaves it to the queue's schedule.</summary>
    public TimeSpan? Delay { get; }

    /// <summary>For a reject: why, as it will stand on the copy in the dead-letter queue.</summary>
    public string? Reason { get; }

    /// <summary>The work is done; the message is deleted.</summary>
    public static Outcome Done => default;

    /// <summary>Once more, after the delay of the queue's retry schedule for this attempt.</summary>
    public static Outcome Retry() => new(OutcomeKind.Retry, null, null);

    /// <summary>
    /// Once more, after <paramref name="delay"/>: whole seconds, rounded up, at least 1 s; shortened where 12 hours after
    /// the receipt would be passed, which SQS does not allow.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative or over 12 hours.</exception>
    public static Outcome Retry(TimeSpan delay)
    {
        if (delay < TimeSpan.Zero || delay > SqsLimits.MaxVisibility)
            throw new ArgumentOutOfRangeException(nameof(delay), delay, "A retry delay is between 0 and 12 hours, the longest visibility timeout of SQS.");
        return new(OutcomeKind.Retry, delay, null);
    }

    /// <summary>Never again: to the dead-letter queue, to the redrive policy, or deleted, as the queue's <see cref="RejectPolicy"/> says.</summary>
    /// <param name="reason">For people; at most 1,000 characters are kept.</param>
    public static Outcome Reject(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new(OutcomeKind.Reject, null, Shortened(reason));
    }

    /// <summary>What is kept of a reason.</summary>
    internal static string Shortened(string reason) => reason.Length <= 1000 ? reason : reason[..(char.IsHighSurrogate(reason[999]) ? 999 : 1000)];

    public override string ToString() => Kind switch
    {
        OutcomeKind.Retry => Delay is { } delay ? $"Retry after {delay}" : "Retry",
        OutcomeKind.Reject => $"Reject: {Reason}",
        _ => "Done",
    };
}
