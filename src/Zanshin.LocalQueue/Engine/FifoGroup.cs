namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// A message group of a FIFO queue. What stands behind the first of it that is in flight is locked; what was received with that one, stood before it, and is visible again, is not.
/// Exists only while it has messages, so groups do not pile up.
/// </summary>
internal sealed class FifoGroup : MessageGroup
{
    internal FifoGroup(string id)
        : base(id) => Node = new(this);

    /// <summary>Its place in the row of groups that can be received from.</summary>
    internal LinkedListNode<FifoGroup> Node { get; }

    /// <summary>Those in flight, in the order of sending.</summary>
    internal MessageRow Held;

    /// <summary>The key from which on nothing is given.</summary>
    internal long LockedFrom => Held.First?.Key ?? long.MaxValue;

    internal bool CanBeReceived => Waiting.First is { State: MessageState.Ready } first && first.Key < LockedFrom;

    internal bool IsEmpty => Held.First is null && Waiting.First is null;
}
