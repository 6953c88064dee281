using Zanshin.Observing;
using Zanshin.Pipeline;
using Zanshin.Settling;
using Zanshin.Timing;

namespace Zanshin.Dispatching;

/// <summary>What a run's result means for a message: outcomes and exceptions become verdicts, by the queue's policies.</summary>
internal sealed class Judge(Surroundings surroundings)
{
    /// <summary>Whether a message that fails so is not to be tried again.</summary>
    public static bool IsReject(Delivery delivery, Exception exception)
    {
        if (exception is UnreadableMessageException)
            return true;
        try
        {
            return delivery.Line.RejectOn.Any(rule => rule(exception)) || delivery.Routed.Options is { } options && options.RejectRules.Exists(rule => rule(exception));
        }
        catch (Exception failed)
        {
            delivery.Line.Logger.RejectRuleFailed(failed, delivery.Line.Name);
            return false;
        }
    }

    public Verdict Returned(Delivery delivery, Outcome outcome) => outcome.Kind switch
    {
        // Done is done, also when the lease was lost first.
        OutcomeKind.Done => Verdict.Delete,
        _ when delivery.LeaseGone => Verdict.Nothing,
        OutcomeKind.Reject => Rejected(delivery, Joined(delivery, outcome.Reason!), null),
        _ => outcome.Delay is { } delay ? new Verdict(VerdictKind.Retry, WholeSeconds(delay)) : Scheduled(delivery, null),
    };

    /// <param name="rejects">What <see cref="IsReject"/> says of it.</param>
    public Verdict Threw(Delivery delivery, Exception exception, bool rejects)
    {
        if (delivery.LeaseGone)
            return Verdict.Nothing;
        string reason = Joined(delivery, Reason(exception));
        if (rejects)
            return Rejected(delivery, reason, exception);
        Verdict retry = Scheduled(delivery, exception);
        return IsLastReceive(delivery) ? retry with { Reason = reason } : retry;
    }

    /// <summary>A retry when the queue's schedule says.</summary>
    public Verdict Scheduled(Delivery delivery, Exception? exception)
    {
        QueueLine line = delivery.Line;
        TimeSpan delay;
        try
        {
            delay = (delivery.Routed.Options?.RetrySchedule ?? line.Retry).After(delivery.Attempt, exception, surroundings.Dice());
        }
        catch (Exception failed)
        {
            line.Logger.ScheduleFailed(failed, line.Name);
            delay = Backoff.Standard.After(delivery.Attempt, exception, surroundings.Dice());
        }
        return new Verdict(VerdictKind.Retry, WholeSeconds(delay));
    }

    /// <summary>A retry at a moment of the day, or as near to it as SQS lets a message wait.</summary>
    public Verdict NotBefore(DateTimeOffset moment) => new(VerdictKind.Retry, WholeSeconds(moment - surroundings.Time.GetUtcNow()));

    /// <summary>
    /// A retry of a message that has had its last receive is none: SQS moves it to the dead-letter queue when it would be received again, without a reason and on a FIFO queue with
    /// what came of its group each time. So it is rejected here, where the queue's rejects are copied. Says what becomes of it.
    /// </summary>
    /// <param name="exception">What its run failed with, if it did.</param>
    public static Verdict AfterLastReceive(Delivery delivery, Exception? exception)
    {
        if (delivery.Verdict.Kind != VerdictKind.Retry || !IsLastReceive(delivery))
            return delivery.Verdict;
        bool rejects = RejectsAtLast(delivery);
        QueueLine line = delivery.Line;
        string then = rejects ? "it is copied to the dead-letter queue with the reason"
            : $"SQS moves it to the dead-letter queue when it would be received again, without a reason ({(line.Settler.CanReject ? $"the queue's Reject is {line.Reject}" : "no dead-letter queue is known to copy it to")})";
        line.Logger.LastReceiveFailed(exception is UnreadableMessageException ? null : exception, delivery.Id, line.Name, delivery.Attempt, delivery.ReceiveCount, line.MaxReceives, then);
        return rejects ? new Verdict(VerdictKind.Reject, Reason: LastReceiveReason(delivery)) : delivery.Verdict with { Last = true };
    }

    /// <summary>No copy of a rejected message could be made: it is retried, unless that was its last receive.</summary>
    public Verdict AfterFailedCopy(Delivery delivery)
    {
        Verdict retry = Scheduled(delivery, null);
        if (!IsLastReceive(delivery))
            return retry;
        delivery.Line.Logger.LastReceiveNotCopied(delivery.Id, delivery.Line.Name, delivery.ReceiveCount, delivery.Line.MaxReceives);
        return retry with { Last = true };
    }

    /// <summary>What will become of a failed message, as its handlers and those who are told of failures would say it.</summary>
    public static Outcome Foreseen(Delivery delivery) => delivery.Verdict switch
    {
        { Kind: VerdictKind.Retry } when BecomesReject(delivery) => Outcome.Reject(LastReceiveReason(delivery)),
        { Kind: VerdictKind.Retry, Delay: var delay } => Outcome.Retry(delay),
        { Kind: VerdictKind.Reject or VerdictKind.Delete, Reason: { } reason } => Outcome.Reject(reason),
        // The lease was lost: SQS has it come again.
        _ => Outcome.Retry(),
    };

    /// <summary>Whether what it has come to is a retry that is made neither here nor by SQS.</summary>
    public static bool BecomesDeadLetter(Delivery delivery) => delivery.Verdict.Kind == VerdictKind.Retry && IsLastReceive(delivery) && !MessageLife.RestsHere(delivery);

    /// <summary>Whether it is also copied to the dead-letter queue here.</summary>
    public static bool BecomesReject(Delivery delivery) => BecomesDeadLetter(delivery) && RejectsAtLast(delivery);

    /// <summary>Why a message that is not done at its last receive is given up.</summary>
    public static string LastReceiveReason(Delivery delivery)
    {
        string why = (delivery.Verdict.Reason ?? delivery.Finding?.Message) is { } problem ? $": {problem}" : "";
        return Outcome.Shortened($"not done at attempt {delivery.Attempt}, receive {delivery.ReceiveCount} of {delivery.Line.MaxReceives}{why}");
    }

    /// <summary>At its next receive SQS would move it to the dead-letter queue, unrun.</summary>
    public static bool IsLastReceive(Delivery delivery) => delivery.ReceiveCount >= delivery.Line.MaxReceives;

    /// <summary>Whether a retry of it is rejected here, if that is its last receive.</summary>
    public static bool RejectsAtLast(Delivery delivery) => IsLastReceive(delivery) && delivery.Line is { Reject: RejectPolicy.DeadLetter, Settler.CanReject: true };

    /// <summary>
    /// What decides over a message that is not done must not be old: its last receive, or a dead-letter queue that was replaced. Costs a request, at most one a second,
    /// where a copy rests on it, else one in 5 minutes.
    /// </summary>
    public static ValueTask LookAgainAsync(Delivery[] deliveries, bool rejects)
    {
        QueueLine line = deliveries[0].Line;
        bool copies = line.Reject == RejectPolicy.DeadLetter && (rejects || Array.Exists(deliveries, IsLastReceive));
        return line.Settler.Redrive.FreshAsync(copies ? Redrive.ForCopy : Redrive.ForRetry);
    }

    private Verdict Rejected(Delivery delivery, string reason, Exception? exception)
    {
        QueueLine line = delivery.Line;
        RejectPolicy policy = line.Reject == RejectPolicy.DeadLetter && !line.Settler.CanReject ? RejectPolicy.Redrive : line.Reject;
        // What made a body unreadable may quote it.
        line.Logger.RunRejected(exception is UnreadableMessageException ? null : exception, delivery.Id, line.Name, delivery.Attempt, policy, reason);
        return policy switch
        {
            RejectPolicy.Delete => Verdict.Delete with { Reason = reason },
            RejectPolicy.DeadLetter => new Verdict(VerdictKind.Reject, Reason: reason),
            // With the reason: nobody asked for this retry.
            _ => Scheduled(delivery, exception) with { Reason = reason },
        };
    }

    // What the worker has found itself comes first: middleware that refuses a message often cannot know why it is as it is.
    private static string Joined(Delivery delivery, string reason) =>
        delivery.Finding is { } finding && !reason.Contains(finding.Message, StringComparison.Ordinal)
            ? Outcome.Shortened($"{finding.Message.TrimEnd('.')}. Its middleware says: {reason}") : reason;

    private static TimeSpan WholeSeconds(TimeSpan delay) =>
        delay < SqsLimits.MaxVisibility ? TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(delay.TotalSeconds))) : SqsLimits.MaxVisibility;

    // An unreadable body's own exception may quote it; ours does not.
    private static string Reason(Exception exception)
    {
        try
        {
            return Outcome.Shortened(exception is UnreadableMessageException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}");
        }
        catch (Exception)
        {
            return exception.GetType().Name;
        }
    }
}
