using System.Collections;
using System.Diagnostics;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;
using Zanshin.Pipeline;

namespace Zanshin.Observing;

/// <summary>
/// What is open around one run: its activity, its log scope, the diagnostic events, and for each of its messages the event source's start and stop. Who
/// listens is the application's and may throw: never into the message's life.
/// </summary>
internal sealed class MessageScope : IDisposable
{
    public static readonly ActivitySource Activities = new("Zanshin");

    private readonly Run _run;
    private readonly Activity? _activity;
    private readonly IDisposable? _logScope;

    private MessageScope(Run run)
    {
        _run = run;
        DiagnosticEvents.MessageStarts(run);
        _activity = StartActivity(run);
        _logScope = run.Line.Logger.BeginScope(new LogValues(run));
        if (!ZanshinEventSource.Source.IsEnabled())
            return;
        foreach (Delivery delivery in run.Deliveries)
            ZanshinEventSource.Source.MessageStart(delivery.Line.Name, delivery.Id, delivery.Attempt);
    }

    public static MessageScope Open(Run run) => new(run);

    public void Decided(Run run)
    {
        if (_activity is not null)
        {
            if (run.Deliveries is [Delivery only])
                _activity.SetTag("zanshin.verdict", only.Verdict.Kind.ToString());
            if (Array.Find(run.Deliveries, static d => d.Verdict.Kind is not VerdictKind.Delete and not VerdictKind.Return) is { } failed)
                _activity.SetStatus(ActivityStatusCode.Error, failed.Verdict.Reason);
        }
        End(_activity, static activity => activity.Stop());
    }

    public void Dispose()
    {
        if (ZanshinEventSource.Source.IsEnabled())
        {
            foreach (Delivery delivery in _run.Deliveries)
                ZanshinEventSource.Source.MessageStop(delivery.Line.Name, delivery.Id, delivery.Verdict.Kind.ToString());
        }
        End(_logScope, static scope => scope.Dispose());
        End(_activity, static activity => activity.Dispose());
        DiagnosticEvents.MessageEnded(_run);
    }

    private void End<T>(T? what, Action<T> end)
        where T : class
    {
        try
        {
            if (what is not null)
                end(what);
        }
        catch (Exception exception)
        {
            _run.Line.Logger.ListenerFailed(exception, _run.Line.Name);
        }
    }

    // A batch has no parent of its own: it is linked with what sent its messages.
    private static Activity? StartActivity(Run run)
    {
        if (!Activities.HasListeners())
            return null;
        Activity? activity = null;
        string queue = run.Line.Name;
        try
        {
            activity = run.Deliveries is [Delivery only]
                ? Activities.CreateActivity($"process {queue}", ActivityKind.Consumer, Sender(only))
                : Activities.CreateActivity($"process {queue}", ActivityKind.Consumer, default(ActivityContext), null,
                    run.Deliveries.Select(Sender).Where(static c => c != default).Select(static c => new ActivityLink(c)));
            activity?.SetTag("messaging.system", "aws_sqs");
            activity?.SetTag("messaging.operation.type", "process");
            activity?.SetTag("messaging.destination.name", queue);
            if (run.Deliveries is [Delivery one])
                activity?.SetTag("messaging.message.id", one.Id);
            else
                activity?.SetTag("messaging.batch.message_count", run.Deliveries.Length);
            if (activity is not null && run.Deliveries is [Delivery single])
                TakeBaggage(activity, single);
            activity?.Start();
        }
        catch (Exception exception)
        {
            run.Line.Logger.ListenerFailed(exception, queue);
        }
        return activity;
    }

    private static ActivityContext Sender(Delivery delivery)
    {
        DistributedContextPropagator.Current.ExtractTraceIdAndState(delivery.Raw.MessageAttributes, Field, out string? parent, out string? state);
        ActivityContext.TryParse(parent, state, isRemote: true, out ActivityContext context);
        return context;
    }

    private static void TakeBaggage(Activity activity, Delivery delivery)
    {
        foreach ((string name, string? value) in DistributedContextPropagator.Current.ExtractBaggage(delivery.Raw.MessageAttributes, Field) ?? [])
            activity.AddBaggage(name, value);
    }

    private static void Field(object? attributes, string name, out string? value, out IEnumerable<string>? values) =>
        (value, values) = (((Dictionary<string, MessageAttributeValue>?)attributes)?.GetValueOrDefault(name)?.StringValue, null);

    /// <summary>The log scope's values, read only by a provider that shows them.</summary>
    private sealed class LogValues(Run run) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly int _attempt = run.Deliveries[0].Attempt;

        public int Count => run.Deliveries.Length == 1 ? 4 : 2;

        public KeyValuePair<string, object?> this[int index] => (index, run.Deliveries.Length) switch
        {
            (0, 1) => new("MessageId", run.Deliveries[0].Id),
            (1, _) => new("Queue", run.Line.Name),
            (2, 1) => new("Group", run.Deliveries[0].Group),
            (3, 1) => new("Attempt", _attempt),
            (0, _) => new("MessageIds", string.Join(", ", run.Deliveries.Select(static d => d.Id))),
            _ => throw new ArgumentOutOfRangeException(nameof(index)),
        };

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (int i = 0; i < Count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => run.Deliveries is [Delivery only]
            ? $"message {only.Id} of {run.Line.Name}, group {only.Group ?? "none"}, attempt {_attempt}"
            : $"batch of {run.Deliveries.Length} messages of {run.Line.Name}";
    }
}
