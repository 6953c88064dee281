namespace Zanshin.LocalQueue.Engine;

internal sealed partial class MessageQueue
{
    /// <summary>
    /// Sends messages in order. Null when the queue has been deleted. The messages have been checked against the queue's kind and limits.
    /// </summary>
    internal SentMessage[]? Send(ReadOnlySpan<OutgoingMessage> messages)
    {
        var after = default(AfterLock);
        var sent = new SentMessage[messages.Length];
        lock (_lock)
        {
            if (_deleted) return null;
            var now = Refresh();
            for (var i = 0; i < messages.Length; i++) sent[i] = Send(messages[i], now);
            Serve(now, ref after);
        }

        after.Run(this);
        return sent;
    }

    private SentMessage Send(OutgoingMessage message, long now)
    {
        var scoped = message.DeduplicationId is { } id && Fifo
            ? (_settings.DeduplicatesByGroup ? $"{message.GroupId}\n{id}" : id)
            : null;
        if (scoped is not null && _sent.TryGet(scoped, out var first)) return new(first.MessageId, first.Key);

        var delay = message.DelayTicks ?? _settings.DelayTicks;
        var stored = new StoredMessage
        {
            Key = Engine.Ids.NextKey(),
            MessageId = Engine.Ids.NextId(),
            Body = message.Body,
            BodyMd5 = message.BodyMd5,
            Attributes = message.Attributes,
            AttributesMd5 = message.AttributesMd5,
            TraceHeader = message.TraceHeader,
            GroupId = message.GroupId,
            DeduplicationId = message.DeduplicationId,
            SentAt = now,
            RetainedFrom = now,
            State = delay > 0 ? MessageState.Delayed : MessageState.Ready,
            VisibleAt = now + delay,
        };
        Add(stored);
        Engine.Journal.Append(JournalEntry.Put(this, stored));
        if (scoped is not null)
        {
            var entry = new SentEntry(scoped, stored.Key, stored.MessageId, now + SqsLimits.DeduplicationTicks);
            _sent.Add(entry);
            Engine.Journal.Append(new() { Kind = JournalKind.Deduplication, Queue = this, Sent = entry });
        }

        return new(stored.MessageId, stored.Key);
    }

    /// <summary>
    /// Takes back a message whose sending could not be made safe and was answered with an error, together with its
    /// deduplication id: the sender will try again and must not be told that it was sent.
    /// </summary>
    internal void Withdraw(StoredMessage message)
    {
        var after = default(AfterLock);
        lock (_lock)
        {
            var now = Refresh();
            if (message.DeduplicationId is { } id && Fifo)
            {
                var scoped = _settings.DeduplicatesByGroup ? $"{message.GroupId}\n{id}" : id;
                if (_sent.TryGet(scoped, out var entry) && entry.Key == message.Key) _sent.Remove(scoped);
            }

            if (_messages.TryGetValue(message.Key, out var held) && ReferenceEquals(held, message)) Drop(message);
            Serve(now, ref after);
        }

        after.Run(this);
    }
}
