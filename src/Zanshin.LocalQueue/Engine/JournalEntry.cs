namespace Zanshin.LocalQueue.Engine;

/// <summary>One change, with its values as they were under the lock: what is guarded is copied, what never changes is referenced.</summary>
internal readonly struct JournalEntry
{
    public JournalEntry()
    {
    }

    internal required JournalKind Kind { get; init; }

    internal required MessageQueue Queue { get; init; }

    internal StoredMessage? Message { get; init; }

    internal long Key { get; init; }

    internal long VisibleAt { get; init; }

    internal long ReceiveNumber { get; init; }

    internal long ReceivedAt { get; init; }

    internal long FirstReceivedAt { get; init; }

    internal int ReceiveCount { get; init; }

    internal bool VisibilityChanged { get; init; }

    internal QueueSettings? Settings { get; init; }

    /// <summary>When the queue's attributes were last set, or its last purge.</summary>
    internal long At { get; init; }

    internal SentEntry? Sent { get; init; }

    internal AttemptEntry? Attempt { get; init; }

    internal MoveTask? Task { get; init; }

    /// <summary>What a purge, or the end of a queue, has let go of. Nobody changes it any more.</summary>
    internal IReadOnlyCollection<StoredMessage> Emptied { get; init; } = [];

    internal static JournalEntry Move(MessageQueue source, MoveTask task) => new() { Kind = JournalKind.Move, Queue = source, Task = task };

    internal static JournalEntry Put(MessageQueue queue, StoredMessage message, long movedFrom = 0) => new()
    {
        Kind = JournalKind.Put,
        Queue = queue,
        Message = message,
        Key = movedFrom,
        VisibleAt = message.VisibleAt,
        ReceiveCount = message.ReceiveCount,
        FirstReceivedAt = message.FirstReceivedAt,
    };

    internal static JournalEntry Lease(MessageQueue queue, StoredMessage message) => new()
    {
        Kind = JournalKind.Lease,
        Queue = queue,
        Key = message.Key,
        VisibleAt = message.VisibleAt,
        ReceiveNumber = message.ReceiveNumber,
        ReceivedAt = message.ReceivedAt,
        FirstReceivedAt = message.FirstReceivedAt,
        ReceiveCount = message.ReceiveCount,
        VisibilityChanged = message.VisibilityChanged,
    };

    internal static JournalEntry Delete(MessageQueue queue, StoredMessage message) =>
        new() { Kind = JournalKind.Delete, Queue = queue, Key = message.Key, ReceivedAt = message.ReceivedAt };
}
