using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Pipeline;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Dispatching;

/// <summary>One receipt of one message, from its arrival until it is settled: everything that belongs to it hangs here, and ends with it.</summary>
internal sealed class Delivery : ILeaseHolder
{
    private Routed? _routed;

    /// <param name="routed">Null where that is not known yet.</param>
    public Delivery(QueueLine line, SqsMessage raw, Routed? routed)
    {
        (Line, Raw, _routed) = (line, raw, routed);
        ReceiveCount = ReceiveCountOf(raw);
        Due = DueTime.Read(raw.MessageAttributes?.GetValueOrDefault(DueTime.Attribute)?.StringValue);
        // Standard queues only: SQS takes no delay for a message of a FIFO queue.
        IsEarly = Due is { } due && !line.Fifo && due.Due > line.Surroundings.Time.GetUtcNow();
        Gate = routed?.Options is { } options && !IsEarly ? line.Gates.GetValueOrDefault(options) : null;
        Group = raw.Attributes?.GetValueOrDefault("MessageGroupId");
    }

    /// <summary>A message that was not received, to be read only: it has neither line nor lease.</summary>
    public Delivery(string queue, string? type, SqsMessage raw)
    {
        (Line, Raw, Queue) = (null!, raw, queue);
        _routed = new Routed(new EnvelopeContent { Text = raw.Body ?? "", Type = type, Attributes = raw.MessageAttributes is { } sent ? new ReceivedAttributes(sent) : ReceivedAttributes.None }, null, null, null);
        ReceiveCount = ReceiveCountOf(raw);
        Group = raw.Attributes?.GetValueOrDefault("MessageGroupId");
    }

    public QueueLine Line { get; }

    /// <summary>False for a message that is only read.</summary>
    public bool HasLine => Line is not null;

    public string Queue => field ?? Line.Name;

    /// <summary>As it came. It is handed to nobody who may change it.</summary>
    public SqsMessage Raw { get; }

    public string Id => Raw.MessageId;

    public string? Group { get; }

    /// <summary>What it says and whose it is. Found when it is first asked for: by its life, before the first run; from then on it does not change.</summary>
    public Routed Routed => _routed ??= Line.Router.Route(Raw);

    /// <summary>Its type name, as far as anybody has asked for it.</summary>
    public string? KnownType => _routed?.Content.Type;

    /// <summary>The limit of its handler, where that has one.</summary>
    public HandlerGate? Gate { get; }

    /// <summary>Reads its body before its handler is called; null where no handler can be given it.</summary>
    public BodyRead? TryRead(Message message) => Routed.TryRead(message);

    public EnvelopeContent Content => Routed.Content;

    /// <summary>Why it cannot be given to a handler.</summary>
    public UnreadableMessageException? Problem => Routed.Problem;

    /// <summary>Of a message with a long delay, which comes before it is due.</summary>
    public DueTime? Due { get; }

    /// <summary>It came before it was due: it takes a slot to be sent on, by itself, and nothing of what limits handlers. Also where it has become due while it waited for the slot.</summary>
    public bool IsEarly { get; }

    /// <summary>When SQS handed it out for the first time, by SQS's clock; null where it does not say.</summary>
    public DateTimeOffset? FirstReceivedAt =>
        long.TryParse(Raw.Attributes?.GetValueOrDefault("ApproximateFirstReceiveTimestamp"), out long at) && at is > 0 and < 1L << 47 ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    /// <summary>Raised by the dispatcher when the message came again and its newer receipt was taken over.</summary>
    public int ReceiveCount { get; set; }

    public int Attempt => ReceiveCount + LocalRuns;

    public Lease Lease { get; set; } = null!; // set by the dispatcher at once

    /// <summary>What its last run came to. Written by its life.</summary>
    public Verdict Verdict { get; set; }

    /// <summary>Its handler was given it in this run, or what stands in for one where there is none. Written by its run.</summary>
    public bool Reached { get; set; }

    /// <summary>Why it could not be read in this run, whatever its middleware made of that. Written by its run.</summary>
    public UnreadableMessageException? Finding { get; set; }

    // Owned by the dispatcher's lock.

    public DeliveryState State { get; set; }

    /// <summary>It has come again, and until its run has ended here nobody knows why: it is run apart.</summary>
    public bool IsSuspect { get; set; }

    /// <summary>Of a suspect: it waits for its moment.</summary>
    public bool StandsAside { get; set; }

    /// <summary>Of a suspect: its moment has come, and it has not ended.</summary>
    public bool IsOut { get; set; }

    /// <summary>Stands among those that only lack a slot.</summary>
    public bool InLine { get; set; }

    /// <summary>When it came to stand there.</summary>
    public TimeSpan InLineSince { get; set; }

    /// <summary>A FIFO head that rests before its local retry: until when.</summary>
    public TimeSpan RestsUntil { get; set; }

    /// <summary>On its way back to the queue, or to the dead-letter queue: a newer receipt of the message is not for it.</summary>
    public bool GoesBack { get; set; }

    /// <summary>Runs repeated here without a new receive.</summary>
    public int LocalRuns { get; set; }

    /// <summary>Its run, from the moment that it has a slot until it is settled or rests.</summary>
    public Run? Run { get; set; }

    /// <summary>Its lease was lost while it ran.</summary>
    public bool LeaseGone { get; set; }

    /// <summary>The lane of its message group, on a FIFO queue.</summary>
    public Lane? Lane { get; set; }

    /// <summary>The same message, received again while this run is cancelled but has not ended.</summary>
    public Delivery? Successor { get; set; }

    /// <summary>In a lane: the last earlier delivery of the same message that has not ended; its settlement is to be awaited before this one runs.</summary>
    public Delivery? After
    {
        get
        {
            while (field is { State: DeliveryState.Ended })
                field = field.After;
            return field;
        }
        set;
    }

    /// <summary>Its run and settlement; awaited by the dispatcher at stop.</summary>
    public Task Life { get; set; } = Task.CompletedTask;

    /// <summary>When it was sent, in Unix milliseconds of SQS's clock; null where the answer did not say.</summary>
    public long? SentAt => Raw.Attributes?.TryGetValue("SentTimestamp", out string? text) == true && long.TryParse(text, out long sent) ? sent : null;

    public static int ReceiveCountOf(SqsMessage raw) =>
        raw.Attributes?.TryGetValue("ApproximateReceiveCount", out string? count) == true && int.TryParse(count, out int n) ? n : 1;

    public void LeaseLost(LeaseLoss loss) => Line.Dispatcher.LeaseLost(this, loss);

    public void TimeLimitReached()
    {
        if (Run is not { TimeLimit: { } limit } run || !run.Cancel(CancelReason.TimeLimit))
            return;
        Line.Counts.Add(Count.TimeLimits);
        Line.Logger.OverTime(Id, Line.Name, limit);
    }

    public void Wake() => Line.Dispatcher.Wake(this);
}
