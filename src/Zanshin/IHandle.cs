namespace Zanshin;

/// <summary>
/// Handles messages of one body type. Resolved from the message's own DI scope for every run, so it may have scoped
/// dependencies; runs of different messages are concurrent.
/// </summary>
public interface IHandle<T>
{
    /// <summary>
    /// Handles one message. An exception is a retry on the queue's schedule (or a reject, where the queue says so of its
    /// type). The visibility timeout is extended for as long as this runs.
    /// </summary>
    /// <param name="message">The message; not to be kept after the return.</param>
    /// <param name="cancel">Cancelled when the worker stops, the lease is lost or the time limit passes; <see cref="Message.Cancelled"/> says which.</param>
    ValueTask<Outcome> HandleAsync(Message<T> message, CancellationToken cancel);
}
