using System.Diagnostics;
using Zanshin.Dispatching;
using Zanshin.Pipeline;

namespace Zanshin.Observing;

/// <summary>The activity of one run, on OpenTelemetry's messaging conventions, and what they call its error.</summary>
internal static class ProcessActivity
{
    // A batch has no parent of its own: it is linked with what sent its messages.
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
        if (run.Deliveries is not [Delivery only])
        {
            return source.StartActivity(ActivityKind.Consumer, default(ActivityContext), [.. tags, new("messaging.batch.message_count", run.Deliveries.Length)],
                run.Deliveries.Select(static d => SenderTrace.Of(d.Raw)).Where(static c => c != default).Select(static c => new ActivityLink(c)), name: $"process {queue}");
        }
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
        if (run.Deliveries is [Delivery only])
            activity.SetTag("zanshin.outcome", Outcome(only));
        if (ErrorType(run) is { } error)
        {
            activity.SetTag("error.type", error);
            activity.SetStatus(ActivityStatusCode.Error, Array.Find(run.Deliveries, IsNoSuccess)?.Verdict.Reason);
        }
        activity.Stop();
    }

    /// <summary>The type of the exception that the run ended with, else why it was no success; null when it was one, or when a stop ended it.</summary>
    public static string? ErrorType(Run run) =>
        run.Failure?.GetType().FullName ?? (Array.Find(run.Deliveries, IsNoSuccess) is { } failed ? Outcome(failed) : null);

    private static bool IsNoSuccess(Delivery delivery) => !delivery.Verdict.Unrun && Outcome(delivery) is not "done" and not "returned";

    // A FIFO message's retry at its last receive is what becomes of it.
    private static string Outcome(Delivery delivery) => Judge.BecomesReject(delivery) ? "rejected" : Outcome(delivery.Verdict);

    public static string Outcome(Verdict verdict) => verdict.Kind switch
    {
        _ when verdict.Unrun => verdict.Early ? "carried" : "unrun",
        VerdictKind.Delete => verdict.Reason is null ? "done" : "rejected",
        VerdictKind.Retry => "retried",
        VerdictKind.Reject => "rejected",
        VerdictKind.Return => "returned",
        _ => "lost",
    };
}
