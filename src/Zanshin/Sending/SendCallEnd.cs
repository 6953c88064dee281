namespace Zanshin.Sending;

/// <summary>How a call with a batch ended.</summary>
internal enum SendCallEnd
{
    /// <summary>Each entry has its own answer.</summary>
    Answered,

    /// <summary>No answer, or one that says nothing of the messages: a throttle, the network, the server, credentials.</summary>
    Failed,

    /// <summary>The whole call was refused for what is in it, by a server that does not say which: one bad message is enough.</summary>
    Refused,
}
