namespace Zanshin.LocalQueue.Actions;

/// <summary>
/// A call, read from whatever protocol it came by. Properties are as the caller gave them, null where absent; checking is the action's.
/// </summary>
internal abstract class SqsRequest
{
    /// <summary>False for calls that only read: their answers wait for no commit.</summary>
    internal virtual bool Changes => true;

    /// <summary>Does what was asked. Null means that the call waits, and is answered through the waiter the context made.</summary>
    internal abstract SqsResponse? Execute(ActionContext context);
}
