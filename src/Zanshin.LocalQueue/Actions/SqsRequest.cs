namespace Zanshin.LocalQueue.Actions;

/// <summary>
/// A call, read from whatever protocol it came by. Properties are as the caller gave them, null where absent; checking is the action's.
/// </summary>
internal abstract class SqsRequest
{
    /// <summary>The action's name; requests are called by it.</summary>
    internal string Action => GetType().Name;

    /// <summary>The region that the call is signed for; null if it is not.</summary>
    internal string? Region { get; set; }

    /// <summary>The trace that came with the call itself, for messages that have none of their own.</summary>
    internal string? TraceHeader { get; set; }

    /// <summary>The name of the queue that the call is about, as the call itself has it; null if it names none.</summary>
    internal virtual string? Queue => null;

    /// <summary>False for calls that only read: their answers wait for no commit.</summary>
    internal virtual bool Changes => true;

    /// <summary>Does what was asked. Null means that the call waits, and is answered through the waiter the context made.</summary>
    internal abstract SqsResponse? Execute(ActionContext context);
}
