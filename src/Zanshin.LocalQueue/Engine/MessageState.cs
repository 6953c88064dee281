namespace Zanshin.LocalQueue.Engine;

/// <summary>Where a message stands in its queue.</summary>
internal enum MessageState : byte
{
    /// <summary>Can be received (on a FIFO queue: once its group is free and it is the group's first).</summary>
    Ready,

    /// <summary>Sent with a delay that has not ended.</summary>
    Delayed,

    /// <summary>Received, and hidden until its visibility deadline.</summary>
    InFlight,

    /// <summary>Received too often: about to move to the dead-letter queue.</summary>
    Outgoing,

    /// <summary>No longer in this queue.</summary>
    Gone,
}
