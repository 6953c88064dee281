using System.Diagnostics;
using System.Globalization;
using Zanshin.Dispatching;
using Zanshin.Pipeline;

namespace Zanshin.Observing;

/// <summary>The activity of one run, on OpenTelemetry's messaging conventions, and what they call its error.</summary>
internal static class ProcessActivity
{
    // A batch has no parent of its own, also where it has one message only: it is linked with what sent its messages.
    public static Activity? Start(ActivitySource source, Run run)
    {
        string queue = run.Line.Name;
        KeyValuePair<string, object?>[] tags =
        [
            new("messaging.system", "aws_sqs"),
            new("messaging.operation.name", "process"),
            new("messaging.operation.type", "process"),
            new("messaging.destination.name", queue),
        ];
        if (run.IsBatch)
        {
            return source.StartActivity(ActivityKind.Consumer, default(ActivityContext), [.. tags, new("messaging.batch.message_count", run.Deliveries.Length)],
                SenderTrace.Links(run.Deliveries.Select(static d => d.Raw)), name: $"process {queue}");
        }
        Delivery only = run.Deliveries[0];
        Activity? activity = source.CreateActivity($"process {queue}", ActivityKind.Consumer, SenderTrace.Of(only.Raw), [.. tags, new("messaging.message.id", only.Id)]);
        if (activity is null)
            return null;
        activity.SetTag("zanshin.attempt", only.Attempt);
        foreach ((string name, string? value) in SenderTrace.Baggage(only.Raw))
            activity.SetBaggage(name, value);
        return activity.Start();
    }

    public static void End(Activity activity, Run run)
    {
        if (!run.IsBatch)
            activity.SetTag("zanshin.outcome", Outcome(run.Deliveries[0]));
        if (Array.Exists(run.Deliveries, Judge.BecomesDeadLetter))
            activity.SetTag("zanshin.last_receive", true);
        if (ErrorType(run) is { } error)
        {
            activity.SetTag("error.type", error);
            activity.SetStatus(ActivityStatusCode.Error, run.Failure is { } failure ? ActivityException.Message(failure) : Description(Array.Find(run.Deliveries, d => IsError(run, d))!));
        }
        if (run.Failure is { } exception)
            ActivityException.Add(activity, exception);
        activity.Stop();
    }

    /// <summary>The type of the exception that the run ended with, else why it was no success; null when it was one, or when a stop ended it.</summary>
    public static string? ErrorType(Run run) =>
        run.Failure?.GetType().FullName ?? (Array.Find(run.Deliveries, d => IsError(run, d)) is { } failed ? WasRejected(failed) ? "rejected" : Outcome(failed) : null);

    // A retry that the handler asked for is what it wanted, unless the setup says otherwise.
    private static bool IsError(Run run, Delivery delivery) =>
        IsNoSuccess(delivery) && (run.Line.RetriesAreErrors || Outcome(delivery) != "retried" || WasRejected(delivery));

    // Also where the queue's policy makes a retry of it.
    private static bool WasRejected(Delivery delivery) => delivery.Verdict is { Kind: VerdictKind.Retry, Reason: not null };

    private static string? Description(Delivery delivery) => delivery.Verdict switch
    {
        _ when Judge.BecomesDeadLetter(delivery) => Judge.LastReceiveReason(delivery),
        { Reason: { } reason } => reason,
        { Kind: VerdictKind.Retry, Delay: var delay } => string.Create(CultureInfo.InvariantCulture, $"to be retried in {delay.TotalSeconds:0} s"),
        _ => null,
    };

    private static bool IsNoSuccess(Delivery delivery) => !delivery.Verdict.Unrun && Outcome(delivery) is not "done" and not "returned";

    // A retry at the last receive is what becomes of it.
    private static string Outcome(Delivery delivery) =>
        Judge.BecomesReject(delivery) ? "rejected" : Judge.BecomesDeadLetter(delivery) ? "dead_lettered" : Outcome(delivery.Verdict);

    public static string Outcome(Verdict verdict) => verdict.Kind switch
    {
        _ when verdict.Unrun => verdict.Early ? "carried" : "unrun",
        VerdictKind.Delete => verdict.Reason is null ? "done" : "rejected",
        VerdictKind.Retry => verdict.Last ? "dead_lettered" : "retried",
        VerdictKind.Reject => "rejected",
        VerdictKind.Return => "returned",
        _ => "lost",
    };
}
