namespace Zanshin.LocalQueue.Engine;

internal sealed partial class MessageQueue
{
    /// <summary>Messages that were received too often, in the order found. They are ours until the dead-letter queue has them.</summary>
    private readonly List<StoredMessage> _outgoing = [];

    /// <summary>
    /// Receives what there is. Null means that the receive waits: <paramref name="waiter"/> made a waiter, which will be completed.
    /// </summary>
    internal ReceiveOutcome? Receive(ReceiveAsk ask, Func<MessageQueue, Waiter> waiter)
    {
        var after = default(AfterLock);
        ReceiveOutcome? outcome;
        lock (_lock)
        {
            outcome = ReceiveLocked(ask, waiter, ref after);
        }

        after.Run(this);
        return outcome;
    }

    private ReceiveOutcome? ReceiveLocked(ReceiveAsk ask, Func<MessageQueue, Waiter> waiter, ref AfterLock after)
    {
        if (_deleted) return ReceiveOutcome.Failed(SqsError.NoSuchQueue());
        var now = Refresh();
        if (Replay(ask, now) is { } again) return new(again);
        if (_order.FindsNothing()) return ReceiveOutcome.Empty;
        var wait = ask.WaitTicks ?? (_settings.WaitTimeSeconds * TimeSpan.TicksPerSecond);
        var taken = Take(ask, wait > 0, now, ref after);
        if (taken.Length > 0) return new(taken);

        if (wait > 0 && Engine.Open)
        {
            Wait(waiter(this), ask, now + wait);
            Arm(now);
            return null;
        }

        return !Fifo && _inFlight >= Engine.InFlightLimit ? ReceiveOutcome.Failed(SqsError.OverLimit()) : ReceiveOutcome.Empty;
    }

    /// <summary>Takes up to <c>Max</c> messages: they go in flight under a new receive each.</summary>
    private ReceivedMessage[] Take(ReceiveAsk ask, bool longPoll, long now, ref AfterLock after)
    {
        _order.BeginReceive(asksAll: longPoll);
        var hide = ask.VisibilityTicks ?? (_settings.VisibilityTimeoutSeconds * TimeSpan.TicksPerSecond);
        MessageGroup? group = null;
        List<ReceivedMessage>? taken = null;
        while ((taken?.Count ?? 0) < ask.Max && _inFlight < Engine.InFlightLimit && _order.Next(group) is { } message)
        {
            if (ReceivedTooOften(message))
            {
                _order.Leave(message, MessageState.Ready);
                message.State = MessageState.Outgoing;
                _outgoing.Add(message);
                after.Redrive = true;
                continue;
            }

            group = message.Group;
            Hold(message, now, hide);
            (taken ??= new(ask.Max)).Add(new(message, message.ReceiveNumber, message.ReceiveCount, message.FirstReceivedAt));
        }

        _order.EndReceive();
        if (taken is null) return [];
        ReceivedMessage[] messages = [.. taken];
        Remember(ask, messages, now);
        return messages;
    }

    private void Hold(StoredMessage message, long now, long hide)
    {
        _order.Take(message);
        message.State = MessageState.InFlight;
        message.ReceiveCount++;
        message.ReceiveNumber = Engine.Ids.NextReceive();
        message.ReceivedAt = now;
        if (message.FirstReceivedAt == 0) message.FirstReceivedAt = now;
        message.VisibleAt = now + hide;
        message.VisibilityChanged = false;
        _inFlight++;
        _hidden.Add(message);
        Engine.Journal.Append(JournalEntry.Lease(this, message));
    }

    // A message that was moved here counts on, and is received here at least once: two queues that are each other's dead-letter
    // queue would throw it to and fro for ever.
    private bool ReceivedTooOften(StoredMessage message) =>
        message.ReceivedAt != 0 && _settings.Redrive is { } redrive && message.ReceiveCount >= redrive.MaxReceiveCount && Engine.Find(Identity.Region, redrive.TargetQueue) is not null;

    /// <summary>
    /// Undoes a receive whose answer nobody took: the messages are ready at once, as if they had not been received.
    /// What has been deleted or received again since stays as it is.
    /// </summary>
    internal void GiveBack(ReadOnlySpan<ReceivedMessage> messages)
    {
        var after = default(AfterLock);
        lock (_lock)
        {
            var now = Refresh();
            for (var i = messages.Length - 1; i >= 0; i--)
            {
                var message = messages[i].Message;
                if (!_messages.ContainsKey(message.Key) || message.State != MessageState.InFlight || message.ReceiveNumber != messages[i].ReceiveNumber) continue;
                _hidden.Remove(message);
                _inFlight--;
                message.State = MessageState.Ready;
                message.VisibleAt = now;
                message.ReceiveNumber = 0;
                if (--message.ReceiveCount == 0) message.FirstReceivedAt = 0;
                _order.PutBack(message);
                Engine.Journal.Append(JournalEntry.Lease(this, message));
            }

            Serve(now, ref after);
        }

        after.Run(this);
    }
}
