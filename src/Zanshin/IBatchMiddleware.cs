namespace Zanshin;

/// <summary>
/// Code around the batch handlers of a worker or of one queue: what <see cref="IMiddleware"/> is for single messages, which is
/// not called for batches. Resolved from the batch's DI scope.
/// </summary>
public interface IBatchMiddleware
{
    /// <param name="batch">The whole batch. Not to be kept after the return.</param>
    /// <param name="next">The rest of the pipeline; it may be given a part of the batch, or nothing.</param>
    /// <returns>
    /// The outcomes of the whole batch: a message that was not passed on, and that no one names, has <see cref="BatchOutcome.Others"/>,
    /// and where that is <see cref="Outcome.Done"/> it is deleted.
    /// </returns>
    ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel);
}
