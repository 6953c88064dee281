using System.Diagnostics;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.Observing;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Sqs;

/// <summary>
/// What the requests to one queue show to those who listen: an activity each, of a source of their own, because there are many of them
/// and they belong to no message; their duration; and the messages sent. Thread-safe.
/// </summary>
internal sealed class RequestWatch
{
    private static readonly ActivitySource s_activities = new("Zanshin.Requests");

    private readonly Instruments? _instruments;
    private readonly string _url;
    private readonly string? _server;
    private readonly int _port;

    public RequestWatch(Instruments? instruments, IAmazonSQS client, QueueFacts facts)
    {
        (_instruments, _url, Queue) = (instruments, facts.Url, facts.Url[(facts.Url.LastIndexOf('/') + 1)..]);
        // Where requests go to is the endpoint's; a queue's URL may name another host.
        if (Uri.TryCreate(client.Config?.ServiceURL ?? facts.Url, UriKind.Absolute, out Uri? uri))
            (_server, _port) = (uri.Host, uri.Port);
    }

    public string Queue { get; }

    public bool IsOn => _instruments is not null && (s_activities.HasListeners() || _instruments.OperationDuration.Enabled || _instruments.SentMessages.Enabled);

    public Activity? Begin(RequestKind kind, int entries)
    {
        if (!s_activities.HasListeners())
            return null;
        try
        {
            TagList tags = Tags(kind);
            tags.Add("aws.sqs.queue.url", _url);
            if (entries > 0 && kind != RequestKind.SendOne)
                tags.Add("messaging.batch.message_count", entries);
            return s_activities.StartActivity(ActivityKind.Client, tags: tags, name: $"{Name(kind)} {Queue}");
        }
        catch (Exception exception)
        {
            _instruments!.ListenerFailed(exception, Queue);
            return null;
        }
    }

    public void Answered(RequestKind kind, int entries, Activity? activity, TimeSpan took, AmazonWebServiceResponse answer)
    {
        List<BatchResultErrorEntry>? failed = answer switch
        {
            DeleteMessageBatchResponse deleted => deleted.Failed,
            ChangeMessageVisibilityBatchResponse changed => changed.Failed,
            SendMessageBatchResponse sent => sent.Failed,
            _ => null,
        };
        string? error = failed is { Count: > 0 } ? SqsFailure.Of(failed[^1]).Kind.ToString() : null;
        int failures = failed?.Count ?? 0;
        // A request of which a part came through has not failed.
        Measure(kind, took, failures > 0 && failures >= entries ? error : null);
        Sent(kind, entries - failures, null);
        Sent(kind, failures, error);
        if (activity is null)
            return;
        try
        {
            if (answer is ReceiveMessageResponse received)
                Received(activity, received.Messages ?? []);
            else if (answer is SendMessageResponse sent)
                activity.SetTag("messaging.message.id", sent.MessageId);
            if (answer.ResponseMetadata?.RequestId is { } id)
                activity.SetTag("aws.request_id", id);
            if (failures > 0)
                activity.SetTag("zanshin.entries.failed", failures);
            End(activity, failures > 0 && failures >= entries ? error : null, failed?.LastOrDefault()?.Code);
        }
        catch (Exception exception)
        {
            _instruments!.ListenerFailed(exception, Queue);
        }
    }

    public void Failed(RequestKind kind, int entries, Activity? activity, TimeSpan took, Exception exception)
    {
        SqsFailure failure = SqsFailure.Of(exception);
        string error = failure.Kind.ToString();
        Measure(kind, took, error);
        Sent(kind, entries, error);
        try
        {
            if (activity is null)
                return;
            ActivityException.Add(activity, exception);
            End(activity, error, failure.Reason);
        }
        catch (Exception failed)
        {
            _instruments!.ListenerFailed(failed, Queue);
        }
    }

    private static void Received(Activity activity, List<SqsMessage> messages)
    {
        activity.SetTag("messaging.batch.message_count", messages.Count);
        foreach (ActivityLink link in SenderTrace.Links(messages))
            activity.AddLink(link);
    }

    private static void End(Activity activity, string? error, string? reason)
    {
        if (error is not null)
            activity.SetTag("error.type", error).SetStatus(ActivityStatusCode.Error, reason);
        activity.Stop();
    }

    private void Measure(RequestKind kind, TimeSpan took, string? error)
    {
        if (_instruments is { OperationDuration.Enabled: true })
            _instruments.Record(_instruments.OperationDuration, took.TotalSeconds, Queue, Tags(kind, error));
    }

    private void Sent(RequestKind kind, int messages, string? error)
    {
        if (kind is RequestKind.Send or RequestKind.SendOne && messages > 0 && _instruments is { SentMessages.Enabled: true })
            _instruments.Add(_instruments.SentMessages, messages, Queue, Tags(kind, error));
    }

    private TagList Tags(RequestKind kind, string? error = null)
    {
        TagList tags = new()
        {
            { "messaging.system", "aws_sqs" },
            { "messaging.operation.name", Name(kind) },
            { "messaging.destination.name", Queue },
        };
        // A longer visibility settles nothing, a shorter one may: it has no type. Nor has what is no operation on messages.
        if (kind is not RequestKind.ChangeVisibility and not RequestKind.GetAttributes)
            tags.Add("messaging.operation.type", kind == RequestKind.Delete ? "settle" : Name(kind));
        if (_server is not null)
        {
            tags.Add("server.address", _server);
            tags.Add("server.port", _port);
        }
        if (error is not null)
            tags.Add("error.type", error);
        return tags;
    }

    private static string Name(RequestKind kind) => kind switch
    {
        RequestKind.Receive => "receive",
        RequestKind.Delete => "delete",
        RequestKind.ChangeVisibility => "change_visibility",
        RequestKind.GetAttributes => "get_attributes",
        _ => "send",
    };
}
