namespace Zanshin;

/// <summary>
/// Handles several messages of one body type in one call, which takes one slot. Resolved from the batch's own DI scope for every run;
/// runs of different batches are concurrent.
/// </summary>
public interface IHandleBatch<T>
{
    /// <summary>
    /// Handles a batch. An exception is a retry of all its messages on the queue's schedule (or a reject, where the queue says so
    /// of its type), also of those that were already worked: give outcomes to tell them apart. All messages are leased from
    /// their receipt, and extended for as long as this runs.
    /// </summary>
    /// <param name="batch">
    /// One message or more, up to the queue's <c>max</c>, in the order of their arrival; of a FIFO queue the messages of a group
    /// in their order. A message whose body cannot be read is rejected by itself and is not among them. Not to be kept after the return.
    /// </param>
    /// <param name="cancel">
    /// Cancelled when the worker stops, the lease of any message of the batch is lost, or the time limit passes. In the first two cases an
    /// <see cref="OperationCanceledException"/> gives back at once all whose lease still holds; after the time limit it is an exception like others.
    /// </param>
    /// <returns>
    /// An outcome per message. In a FIFO group what comes after a message that is not done should not be done either: the
    /// group goes on in order from the first one that is to be retried.
    /// </returns>
    ValueTask<BatchOutcome> HandleAsync(IReadOnlyList<Message<T>> batch, CancellationToken cancel);
}
