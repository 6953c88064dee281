using System.Diagnostics;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Sqs;

namespace Zanshin.Sending;

/// <summary>
/// The activity of one send, and the trace context that goes along with its messages. Who listens is the application's and may throw: never
/// into the send.
/// </summary>
internal sealed class SendTrace(string queue, ILogger logger) : IDisposable
{
    private Activity? _activity;

    /// <param name="links">Of a batch whose messages come from different callers.</param>
    public static SendTrace Start(string queue, ILogger logger, IEnumerable<ActivityLink>? links = null)
    {
        var trace = new SendTrace(queue, logger);
        if (MessageScope.Activities.HasListeners())
            trace.Safely(() => trace._activity = Begin(SendQueues.NameOf(queue), links));
        return trace;
    }

    /// <summary>
    /// Puts the context of the activity, or of the caller's where nobody listens to it, into the message: traceparent, tracestate and baggage,
    /// in this order, as far as there is room.
    /// </summary>
    public void Inject(SendMessageBatchRequestEntry entry, ref long size)
    {
        if ((_activity ?? Activity.Current) is not { IdFormat: ActivityIdFormat.W3C } activity)
            return;
        List<(string Name, string Value)> fields = [];
        Safely(() => DistributedContextPropagator.Current.Inject(activity, fields, static (fields, name, value) => ((List<(string, string)>)fields!).Add((name, value))));
        foreach ((string name, string text) in fields)
        {
            var value = new MessageAttributeValue { DataType = "String", StringValue = text };
            long bytes = MessageSize.Of(name, value);
            if (entry.MessageAttributes.Count < SqsLimits.Attributes && size + bytes <= SqsLimits.PayloadBytes && SendChecks.Attribute(name, value) is null
                && entry.MessageAttributes.TryAdd(name, value))
                size += bytes;
        }
    }

    public void Ended(IReadOnlyCollection<Sendable> drafts)
    {
        if (_activity is null)
            return;
        Safely(() =>
        {
            if (drafts.Count == 1)
                _activity.SetTag("messaging.message.id", drafts.First().Answer.Id);
            else
                _activity.SetTag("messaging.batch.message_count", drafts.Count);
            if (drafts.FirstOrDefault(static d => d.Failed) is { } failed)
            {
                _activity.SetTag("error.type", failed.Answer.Failure?.Kind.ToString());
                _activity.SetStatus(ActivityStatusCode.Error, failed.Answer.Failure?.Reason);
            }
        });
    }

    /// <summary>Nothing was sent.</summary>
    public void Failed(Exception exception)
    {
        if (_activity is null)
            return;
        Safely(() =>
        {
            _activity.SetTag("error.type", exception.GetType().FullName);
            _activity.SetStatus(ActivityStatusCode.Error, ActivityException.Message(exception));
            ActivityException.Add(_activity, exception);
        });
    }

    public void Dispose() => Safely(() => _activity?.Dispose());

    private static Activity? Begin(string name, IEnumerable<ActivityLink>? links)
    {
        Activity? activity = MessageScope.Activities.CreateActivity($"send {name}", ActivityKind.Producer, default(ActivityContext), null, links);
        activity?.SetTag("messaging.system", "aws_sqs");
        activity?.SetTag("messaging.operation.type", "send");
        activity?.SetTag("messaging.operation.name", "send");
        activity?.SetTag("messaging.destination.name", name);
        return activity?.Start();
    }

    private void Safely(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            logger.ListenerFailed(exception, queue);
        }
    }
}
