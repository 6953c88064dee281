namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// A message in a queue. What the sender gave never changes and may be read anywhere; the rest is guarded by the
/// lock of the queue that holds the message. Instants are UTC ticks.
/// </summary>
internal sealed class StoredMessage
{
    /// <summary>Unique in the engine for ever and rising: storage key, order of sending, and the source of the sequence number.</summary>
    internal required long Key { get; init; }

    internal required Guid MessageId { get; init; }

    /// <summary>UTF-8, as it went through the protocol.</summary>
    internal required byte[] Body { get; init; }

    internal required Md5Digest BodyMd5 { get; init; }

    /// <summary>Sorted by name, ordinal.</summary>
    internal MessageAttribute[] Attributes { get; init; } = [];

    internal Md5Digest? AttributesMd5 { get; init; }

    internal string? TraceHeader { get; init; }

    internal string? GroupId { get; init; }

    internal string? DeduplicationId { get; init; }

    internal string? DeadLetterSourceArn { get; init; }

    internal required long SentAt { get; init; }

    /// <summary>Retention counts from here: when it was sent, or, on a FIFO dead-letter queue, when it was moved there.</summary>
    internal required long RetainedFrom { get; init; }

    // ---- guarded by the queue's lock ----

    internal MessageState State;

    /// <summary>End of the delay, or of the visibility timeout; in the past when the message is ready.</summary>
    internal long VisibleAt;

    /// <summary>Which receive holds, or last held, the message; 0 for none. A receipt handle names this, not the message.</summary>
    internal long ReceiveNumber;

    internal long ReceivedAt;
    internal long FirstReceivedAt;
    internal int ReceiveCount;

    /// <summary>The visibility was changed since the receive, which ends the replay of its attempt id.</summary>
    internal bool VisibilityChanged;

    internal MessageGroup? Group;

    /// <summary>On a standard queue: lower than that of every message that became ready later.</summary>
    internal long Turn;
    internal StoredMessage? Previous;
    internal StoredMessage? Next;
    internal int HiddenPlace = -1;
    internal int RetainedPlace = -1;

    /// <summary>Orders hidden messages by the end of their delay or visibility timeout.</summary>
    internal readonly struct ByVisibleAt : IHeapOrder<StoredMessage>
    {
        public static long Due(StoredMessage item) => item.VisibleAt;

        public static long Tie(StoredMessage item) => item.Key;

        public static ref int Place(StoredMessage item) => ref item.HiddenPlace;
    }

    /// <summary>Orders all messages by age, for retention.</summary>
    internal readonly struct ByAge : IHeapOrder<StoredMessage>
    {
        public static long Due(StoredMessage item) => item.RetainedFrom;

        public static long Tie(StoredMessage item) => item.Key;

        public static ref int Place(StoredMessage item) => ref item.RetainedPlace;
    }
}
