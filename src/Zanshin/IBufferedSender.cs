namespace Zanshin;

/// <summary>
/// Sends along the same routes as <see cref="ISender"/>, through a bounded buffer for each queue: messages gather to batches over many calls. Calls are
/// quick, and requests a tenth; but what the buffer holds is lost with the process. Thread-safe.
/// </summary>
/// <remarks>
/// The host's stop sends what is left, after its services have stopped, within its shutdown time-out; what could not be sent is counted in the log and fails.
/// A handler that must not lose what it sends awaits the <see cref="BufferedSend.Sent"/> of each message before it is done. <see cref="FlushAsync"/> does not do
/// for that: a message that failed before it was called is not among those it speaks of.
/// </remarks>
public interface IBufferedSender
{
    /// <summary>Accepted and not sent yet, of all queues.</summary>
    int Count { get; }

    /// <summary>Returns when the message is accepted; while the buffer of its queue is full, it waits. It is checked, and has passed the send middleware, before.</summary>
    /// <exception cref="InvalidOperationException">There is no route for <typeparamref name="T"/>, or the host has stopped.</exception>
    /// <exception cref="ArgumentException">SQS would not take the message.</exception>
    /// <exception cref="ZanshinConfigurationException">Before the first message to its queue: there is no such queue, or nothing says where SQS is.</exception>
    /// <exception cref="SendFailedException">Before the first message to its queue: SQS could not be asked for it. The message is not accepted.</exception>
    ValueTask<BufferedSend> EnqueueAsync<T>(T body, SendOptions? options = null, CancellationToken cancel = default);

    /// <summary>
    /// Sends all that was accepted and has no result yet, whoever has enqueued it, without waiting for company; returns when each has its result. What had failed
    /// before is told by its <see cref="BufferedSend.Sent"/> and by the log only.
    /// </summary>
    /// <exception cref="SendFailedException">Some of it could not be sent, perhaps of other callers: every flush that waited for it is told.</exception>
    Task FlushAsync(CancellationToken cancel = default);
}
