using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Pipeline;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Dispatching;

/// <summary>One receipt of one message, from its arrival until it is settled: everything that belongs to it hangs here, and ends with it.</summary>
internal sealed class Delivery : ILeaseHolder
{
    public Delivery(QueueLine line, SqsMessage raw)
    {
        (Line, Raw) = (line, raw);
        ReceiveCount = ReceiveCountOf(raw);
        Group = raw.Attributes?.GetValueOrDefault("MessageGroupId");
    }

    public QueueLine Line { get; }

    public SqsMessage Raw { get; }

    public string Id => Raw.MessageId;

    public string? Group { get; }

    /// <summary>What it says and whose it is. Found when it is first asked for: by its life, before the first run; from then on it does not change.</summary>
    public Routed Routed => field ??= Line.Router.Route(Raw);

    /// <summary>Raised by the dispatcher when the message came again and its newer receipt was taken over.</summary>
    public int ReceiveCount { get; set; }

    public int Attempt => ReceiveCount + LocalRuns;

    public Lease Lease { get; set; } = null!; // set by the dispatcher at once

    /// <summary>What its last run came to. Written by its life.</summary>
    public Verdict Verdict { get; set; }

    // Owned by the dispatcher's lock.

    public DeliveryState State { get; set; }

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
