namespace Zanshin.Testing;

/// <summary>A call as <see cref="SqsFaults"/> sees it, in whichever protocol it came.</summary>
public sealed class SqsCall
{
    internal SqsCall(string action, string? queue, int number) => (Action, Queue, Number) = (action, queue, number);

    /// <summary>As the API names it: <c>ReceiveMessage</c>.</summary>
    public string Action { get; }

    /// <summary>The queue's name; null for calls that name none (<c>ListQueues</c>, <c>CancelMessageMoveTask</c>).</summary>
    public string? Queue { get; }

    /// <summary>1 for the first call of this action on this queue.</summary>
    public int Number { get; }
}
