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


    /// <summary>
    /// Waits for the answer, or for the caller to go. The registration with the caller's token is gone when this returns: a token that lives as
    /// long as its program must not gather one for every poll.
    /// </summary>
    internal async Task<SqsResponse> AnswerAsync(CancellationToken cancel)
    {
        var registration = cancel.UnsafeRegister(static (self, token) => ((PendingReceive)self!).Cancel(token), this);
        try
        {
            return await _answer.Task.ConfigureAwait(false);
        }
        finally
        {
            // Not Dispose: that would wait for a cancellation that is running, perhaps on this very thread.
            registration.Unregister();
        }
    }

    // Cancellation takes the waiter out of the queue before it answers, so nobody else has answered.
    internal override void Complete(ReceiveOutcome outcome) => Inline.Run(() => _answer.TrySetResult(request.Answer(queue, outcome)));

    private void Cancel(CancellationToken token)
    {
        // Too late means that messages were taken: they come as an answer, and whoever awaits it gives them back.
        if (queue.Cancel(this)) Inline.Run(() => _answer.TrySetCanceled(token));
    }
}
