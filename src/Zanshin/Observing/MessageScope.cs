using System.Collections;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;

namespace Zanshin.Observing;

/// <summary>
/// What is open around one run: its activity, its log scope, the diagnostic events, and for each of its messages the event source's start and stop. Who
/// listens is the application's and may throw: never into the message's life.
/// </summary>
internal sealed class MessageScope : IDisposable
{
    public static readonly ActivitySource Activities = new("Zanshin");

    private readonly Run _run;
    private readonly RunMeasures _measures;
    private readonly Activity? _activity;
    private readonly IDisposable? _logScope;

    private MessageScope(Run run)
    {
        _run = run;
        _measures = RunMeasures.Begin(run);
        DiagnosticEvents.MessageStarts(run);
        if (Activities.HasListeners())
            _activity = Start(run);
        _logScope = run.Line.Logger.BeginScope(new LogValues(run));
        _measures.Began(run);
        if (!ZanshinEventSource.Source.IsEnabled())
            return;
        foreach (Delivery delivery in run.Deliveries)
            ZanshinEventSource.Source.MessageStart(delivery.Line.Name, delivery.Id, delivery.Attempt);
    }

    public static MessageScope Open(Run run) => new(run);

    public void Decided(Run run)
    {
        _measures.Ended(run);
        // Not with this run in a closure, which would cost an object where nobody listens.
        Guarded(_activity is null ? null : this, static scope => ProcessActivity.End(scope._activity!, scope._run));
    }

    public void Dispose()
    {
        if (ZanshinEventSource.Source.IsEnabled())
        {
            foreach (Delivery delivery in _run.Deliveries)
                ZanshinEventSource.Source.MessageStop(delivery.Line.Name, delivery.Id, delivery.Verdict.Kind.ToString());
        }
        Guarded(_logScope, static scope => scope.Dispose());
        Guarded(_activity, static activity => activity.Dispose());
        DiagnosticEvents.MessageEnded(_run);
    }

    private static Activity? Start(Run run)
    {
        try
        {
            return ProcessActivity.Start(Activities, run);
        }
        catch (Exception exception)
        {
            run.Line.Logger.ListenerFailed(exception, run.Line.Name);
            return null;
        }
    }

    private void Guarded<T>(T? what, Action<T> act)
        where T : class
    {
        try
        {
            if (what is not null)
                act(what);
        }
        catch (Exception exception)
        {
            _run.Line.Logger.ListenerFailed(exception, _run.Line.Name);
        }
    }

    /// <summary>The log scope's values, read only by a provider that shows them.</summary>
    private sealed class LogValues(Run run) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly int _attempt = run.Deliveries[0].Attempt;

        public int Count => run.IsBatch ? 2 : 4;

        public KeyValuePair<string, object?> this[int index] => (index, run.IsBatch) switch
        {
            (0, false) => new("MessageId", run.Deliveries[0].Id),
            (1, _) => new("Queue", run.Line.Name),
            (2, false) => new("Group", run.Deliveries[0].Group),
            (3, false) => new("Attempt", _attempt),
            (0, _) => new("MessageIds", string.Join(", ", run.Deliveries.Select(static d => d.Id))),
            _ => throw new ArgumentOutOfRangeException(nameof(index)),
        };

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (int i = 0; i < Count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => !run.IsBatch && run.Deliveries is [Delivery only]
            ? $"message {only.Id} of {run.Line.Name}, group {only.Group ?? "none"}, attempt {_attempt}"
            : $"batch of {run.Deliveries.Length} messages of {run.Line.Name}";
    }
}
