namespace Zanshin.LocalQueue.Engine;

/// <summary>The messages of a queue that have one MessageGroupId. Guarded by the queue's lock.</summary>
internal abstract class MessageGroup(string id)
{
    internal string Id { get; } = id;

    /// <summary>Those that wait, in the order in which they are given. On a FIFO queue that is the order of sending, delayed ones included.</summary>
    internal MessageRow Waiting;

    internal int InFlight;
}
