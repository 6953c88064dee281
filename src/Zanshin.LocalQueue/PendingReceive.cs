using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue;

/// <summary>
/// A long poll. In process (<c>inline</c>) its answer continues on the thread that woke it, with no synchronization context set and no
/// lock held: so the SDK goes on inline, nothing hops to the thread pool, and a simulated run replays exactly. On a server it
/// continues on the pool, as a sender's thread should not write another caller's answer.
/// </summary>
internal sealed class PendingReceive(MessageQueue queue, ReceiveMessage request, bool inline) : Waiter
{
    private readonly TaskCompletionSource<SqsResponse> _answer =
        new(inline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    private CancellationTokenRegistration _registration;

    internal Task<SqsResponse> Answer => _answer.Task;

    /// <summary>Called once, when the receive is known to wait.</summary>
    internal void CancelWith(CancellationToken cancel)
    {
        _registration = cancel.UnsafeRegister(static (self, token) => ((PendingReceive)self!).Cancel(token), this);
        // Answered in between: the registration must not outlive the call.
        if (_answer.Task.IsCompleted) _registration.Unregister();
    }

    internal override void Complete(ReceiveOutcome outcome)
    {
        _registration.Unregister();
        // Cancellation takes the waiter out of the queue before it answers, so nobody else has answered.
        WithoutContext(() => _answer.TrySetResult(request.Answer(queue, outcome)));
    }

    private void Cancel(CancellationToken token)
    {
        // Too late means that messages were taken: they come as an answer, and whoever awaits it gives them back.
        if (queue.Cancel(this)) WithoutContext(() => _answer.TrySetCanceled(token));
    }

    private static void WithoutContext(Action step)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            step();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
