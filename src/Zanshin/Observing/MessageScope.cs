using System.Collections;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;
using Zanshin.Pipeline;

namespace Zanshin.Observing;

/// <summary>
/// What is open around one run of one message: its activity, its log scope, and the event source's start and stop. Who listens
/// is the application's and may throw: never into the message's life.
/// </summary>
internal sealed class MessageScope : IDisposable
{
    public static readonly ActivitySource Activities = new("Zanshin");

    private readonly Delivery _delivery;
    private readonly Activity? _activity;
    private readonly IDisposable? _logScope;
    private VerdictKind _verdict;

    private MessageScope(Delivery delivery)
    {
        _delivery = delivery;
        _activity = StartActivity(delivery);
        _logScope = delivery.Line.Logger.BeginScope(new LogValues(delivery));
        if (ZanshinEventSource.Source.IsEnabled())
            ZanshinEventSource.Source.MessageStart(delivery.Line.Name, delivery.Id, delivery.Attempt);
    }

    public static MessageScope Open(Delivery delivery) => new(delivery);

    public void Decided(Verdict verdict)
    {
        _verdict = verdict.Kind;
        _activity?.SetTag("zanshin.verdict", verdict.Kind.ToString());
        if (verdict.Kind is not VerdictKind.Delete and not VerdictKind.Return)
            _activity?.SetStatus(ActivityStatusCode.Error, verdict.Reason);
        End(_activity, static activity => activity.Stop());
    }

    public void Dispose()
    {
        if (ZanshinEventSource.Source.IsEnabled())
            ZanshinEventSource.Source.MessageStop(_delivery.Line.Name, _delivery.Id, _verdict.ToString());
        End(_logScope, static scope => scope.Dispose());
        End(_activity, static activity => activity.Dispose());
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
            _delivery.Line.Logger.ListenerFailed(exception, _delivery.Line.Name);
        }
    }

    private static Activity? StartActivity(Delivery delivery)
    {
        if (!Activities.HasListeners())
            return null;
        string? parent = delivery.Raw.MessageAttributes?.GetValueOrDefault("traceparent")?.StringValue;
        ActivityContext.TryParse(parent, null, isRemote: true, out ActivityContext context);
        Activity? activity = null;
        try
        {
            activity = Activities.CreateActivity($"process {delivery.Line.Name}", ActivityKind.Consumer, context);
            activity?.SetTag("messaging.system", "aws_sqs");
            activity?.SetTag("messaging.operation.type", "process");
            activity?.SetTag("messaging.destination.name", delivery.Line.Name);
            activity?.SetTag("messaging.message.id", delivery.Id);
            activity?.Start();
        }
        catch (Exception exception)
        {
            delivery.Line.Logger.ListenerFailed(exception, delivery.Line.Name);
        }
        return activity;
    }

    /// <summary>The log scope's values, read only by a provider that shows them.</summary>
    private sealed class LogValues(Delivery delivery) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly int _attempt = delivery.Attempt;

        public int Count => 4;

        public KeyValuePair<string, object?> this[int index] => index switch
        {
            0 => new("MessageId", delivery.Id),
            1 => new("Queue", delivery.Line.Name),
            2 => new("Group", delivery.Group),
            3 => new("Attempt", _attempt),
            _ => throw new ArgumentOutOfRangeException(nameof(index)),
        };

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (int i = 0; i < Count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => $"message {delivery.Id} of {delivery.Line.Name}, group {delivery.Group ?? "none"}, attempt {_attempt}";
    }
}
