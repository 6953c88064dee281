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

    /// <summary>
    /// Takes in messages from another queue: same id, body and receive count, a new key, as it is the newest here. False when this queue is deleted.
    /// </summary>
    internal bool Adopt(List<StoredMessage> messages, string sourceArn, ref AfterLock after)
    {
        lock (_lock)
        {
            if (_deleted) return false;
            var now = Refresh();
            foreach (var message in messages)
            {
                var moved = new StoredMessage
                {
                    Key = Engine.Ids.NextKey(),
                    MessageId = message.MessageId,
                    Body = message.Body,
                    BodyMd5 = message.BodyMd5,
                    Attributes = message.Attributes,
                    AttributesMd5 = message.AttributesMd5,
                    TraceHeader = message.TraceHeader,
                    GroupId = message.GroupId,
                    DeduplicationId = message.DeduplicationId,
                    DeadLetterSourceArn = sourceArn,
                    SentAt = message.SentAt,
                    // "For standard queues the expiration is always based on the original enqueue timestamp; FIFO queues reset it."
                    RetainedFrom = Fifo ? now : message.RetainedFrom,
                    State = MessageState.Ready,
                    VisibleAt = now,
                    ReceiveCount = message.ReceiveCount,
                    FirstReceivedAt = message.FirstReceivedAt,
                };
                Add(moved);
                Engine.Journal.Append(JournalEntry.Put(this, moved, movedFrom: message.Key));
            }

            Serve(Refresh(), ref after);
        }

        return true;
    }

    /// <summary>Takes back messages whose dead-letter queue was deleted meanwhile: without one, they are received on.</summary>
    internal void TakeBack(List<StoredMessage> messages, ref AfterLock after)
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
