namespace Zanshin.LocalQueue.Engine;

/// <summary>A message group of a FIFO queue. Exists only while it has messages, so groups do not pile up.</summary>
internal sealed class MessageGroup
{
    internal MessageGroup(string id)
    {
        Id = id;
        Node = new(this);
    }

    internal string Id { get; }

    /// <summary>Its place in the row of groups that can be received from.</summary>
    internal LinkedListNode<MessageGroup> Node { get; }

    /// <summary>All messages of the group that are not in flight, in the order they were sent.</summary>
    internal MessageRow Waiting;

    /// <summary>How many are in flight. While any is, the group is locked.</summary>
    internal int InFlight;

    internal bool CanBeReceived => InFlight == 0 && Waiting.First is { State: MessageState.Ready };
}
