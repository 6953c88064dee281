namespace Zanshin.Dispatching;

/// <content>What is here, for people to look at.</content>
internal sealed partial class Dispatcher
{
    /// <summary>Told, under the lock, when the number of slots in use has changed.</summary>
    public Action? SlotsChanged { get; set; }

    /// <summary>All messages that are here, read in one go.</summary>
    public List<MessageStatus> InFlight()
    {
        lock (_lock)
        {
            TimeSpan now = _surroundings.Now;
            return [.. _lines.SelectMany(All).Where(static d => d.State != DeliveryState.Ended).Select(d => Status(d, now))];
        }
    }

    /// <summary>When the oldest message of the queue that is here was sent, in Unix milliseconds; null where none is here, or none says it.</summary>
    public long? OldestSent(QueueLine line)
    {
        lock (_lock)
            return All(line).Where(static d => d.State != DeliveryState.Ended).Min(static d => d.SentAt);
    }

    private static MessageStatus Status(Delivery delivery, TimeSpan now)
    {
        Run? run = delivery.State == DeliveryState.Running ? delivery.Run : null;
        (TimeSpan received, TimeSpan left) = delivery.Line.Leases.Look(delivery.Lease);
        return new MessageStatus
        {
            Queue = delivery.Line.Name,
            MessageId = delivery.Id,
            Group = delivery.Group,
            Type = delivery.KnownType,
            Attempt = delivery.Attempt,
            State = delivery.State switch
            {
                DeliveryState.Waiting => MessageState.Waiting,
                DeliveryState.Running => MessageState.Running,
                DeliveryState.Settling => MessageState.Settling,
                _ => MessageState.GoingBack,
            },
            Where = run?.Where,
            Age = now > received ? now - received : TimeSpan.Zero,
            RunningFor = run is null ? null : now - run.Began,
            LeaseLeft = left,
            Cancelled = run?.CancelReason ?? CancelReason.None,
        };
    }
}
