namespace Zanshin.LocalQueue.Engine;

internal sealed partial class MessageQueue
{
    /// <summary>Hands over the messages bound for the dead-letter queue. On disk they stay ours until <see cref="Adopt"/> has recorded the move.</summary>
    internal List<StoredMessage> TakeOutgoing()
    {
        lock (_lock)
        {
            var leaving = _outgoing.FindAll(m => m.State == MessageState.Outgoing);
            _outgoing.Clear();
            foreach (var message in leaving) Remove(message);
            return leaving;
        }
    }

    /// <summary>Hands over up to <paramref name="most"/> messages that are ready, in their order, for a move task. On disk they stay ours as above.</summary>
    internal List<StoredMessage> TakeReady(int most)
    {
        var taken = new List<StoredMessage>();
        lock (_lock)
        {
            if (_deleted) return taken;
            Refresh();
            while (taken.Count < most && _order.Next(null) is { } message)
            {
                Remove(message);
                taken.Add(message);
            }
        }

        return taken;
    }

    /// <summary>
    /// Takes in messages from another queue, with a new key, as they are the newest here. False when this queue is deleted.
    /// </summary>
    /// <param name="messages">In their order.</param>
    /// <param name="deadLetterSourceArn">
    /// Where they were received too often: they keep id, age and receive count. Null when they are moved to be worked again, as new messages.
    /// </param>
    /// <param name="after">What is to be done without the lock.</param>
    internal bool Adopt(IEnumerable<StoredMessage> messages, string? deadLetterSourceArn, ref AfterLock after)
    {
        lock (_lock)
        {
            if (_deleted) return false;
            var now = Refresh();
            var isNew = deadLetterSourceArn is null;
            foreach (var message in messages)
            {
                var moved = new StoredMessage
                {
                    Key = Engine.Ids.NextKey(),
                    MessageId = isNew ? Engine.Ids.NextId() : message.MessageId,
                    Body = message.Body,
                    BodyMd5 = message.BodyMd5,
                    Attributes = message.Attributes,
                    AttributesMd5 = message.AttributesMd5,
                    TraceHeader = message.TraceHeader,
                    GroupId = message.GroupId,
                    DeduplicationId = message.DeduplicationId,
                    DeadLetterSourceArn = deadLetterSourceArn,
                    SentAt = isNew ? now : message.SentAt,
                    // "For standard queues the expiration is always based on the original enqueue timestamp; FIFO queues reset it."
                    RetainedFrom = isNew || Fifo ? now : message.RetainedFrom,
                    State = MessageState.Ready,
                    VisibleAt = now,
                    ReceiveCount = isNew ? 0 : message.ReceiveCount,
                    FirstReceivedAt = isNew ? 0 : message.FirstReceivedAt,
                };
                Add(moved);
                Engine.Journal.Append(JournalEntry.Put(this, moved, movedFrom: message.Key));
            }

            Serve(Refresh(), ref after);
        }

        return true;
    }

    /// <summary>Takes back messages that could not be moved, because the other queue was deleted meanwhile: they are received on.</summary>
    internal void TakeBack(IEnumerable<StoredMessage> messages, ref AfterLock after)
    {
        lock (_lock)
        {
            if (_deleted) return;
            foreach (var message in messages)
            {
                message.State = MessageState.Ready;
                Add(message);
            }

            Serve(Refresh(), ref after);
        }
    }
}
