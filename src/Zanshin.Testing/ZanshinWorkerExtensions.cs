using Microsoft.Extensions.DependencyInjection;
using Zanshin.Testing.Queues;
using Zanshin.Testing.Runs;

namespace Zanshin.Testing;

public static class ZanshinWorkerExtensions
{
    /// <summary>
    /// Completes when the worker has nothing to do: its queues are empty, and nothing is on its way, runs, waits or is being settled; what <see cref="IBufferedSender"/>
    /// has accepted is sent. What handlers have sent to queues of the same worker is worked too; what the application has received itself is not the worker's.
    /// For a worker on <c>UseLocalQueue</c>.
    /// </summary>
    /// <param name="timeout">How long to wait at most. Default: 30 s, on virtual time 13 hours of that.</param>
    /// <param name="later">
    /// Whether to wait for messages that become visible later: sent with a delay, or to be retried. Default: on virtual time, which passes at once, yes;
    /// else no, and they are left in the queue. A FIFO message that is retried within 30 s (at its last receive, within 15 minutes)
    /// stays with the worker, up to three times: that is waited for in any case.
    /// </param>
    /// <exception cref="TimeoutException">It is not idle yet; the message says what runs, for how long, and what is in which queue.</exception>
    /// <exception cref="InvalidOperationException">The worker is not running, or not on <c>UseLocalQueue</c>.</exception>
    public static Task WhenIdleAsync(this ZanshinWorker worker, TimeSpan? timeout = null, bool? later = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(worker);
        if (worker.Services.GetService<TestQueues>() is not { } queues)
            throw new InvalidOperationException("Only of a worker on in-process queues can be said when it is idle: call services.UseLocalQueue().");
        if (!queues.Delivers)
            throw new InvalidOperationException("In the recorded and the inline mode the worker receives nothing. Recorded messages are worked by TestSender.DrainAsync.");
        bool isVirtual = queues.Time is VirtualTime;
        return new IdleWait(worker, queues, later ?? isVirtual).WaitAsync(timeout ?? TrialTerms.TimeoutOn(queues.Time), cancel);
    }
}
