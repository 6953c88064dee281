namespace Zanshin.LocalQueue.Engine;

/// <summary>A message group of a FIFO queue. While any of it is in flight, it is locked. Exists only while it has messages, so groups do not pile up.</summary>
internal sealed class FifoGroup : MessageGroup
{
    internal FifoGroup(string id)
        : base(id) => Node = new(this);

    /// <summary>Its place in the row of groups that can be received from.</summary>
    internal LinkedListNode<FifoGroup> Node { get; }

    internal bool CanBeReceived => InFlight == 0 && Waiting.First is { State: MessageState.Ready };
}
