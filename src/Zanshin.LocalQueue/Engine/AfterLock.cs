namespace Zanshin.LocalQueue.Engine;

/// <summary>What has to be done once the queue's lock is left: other queues and waiting callers are never touched under it.</summary>
internal struct AfterLock
{
    private List<(Waiter Waiter, ReceiveOutcome Outcome)>? _woken;

    /// <summary>Messages are on their way to the dead-letter queue.</summary>
    internal bool Redrive { get; set; }

    internal void Wake(Waiter waiter, ReceiveOutcome outcome) => (_woken ??= []).Add((waiter, outcome));

    internal readonly void Run(MessageQueue queue)
    {
        if (Redrive) queue.Engine.Redrive(queue);
        if (_woken is null) return;
        foreach (var (waiter, outcome) in _woken) waiter.Complete(outcome);
    }
}
