namespace Zanshin;

/// <summary>
/// Code around the batch handlers of a worker or of one queue: what <see cref="IMiddleware"/> is for single messages, which is
/// not called for batches. Resolved from the batch's DI scope.
/// </summary>
public interface IBatchMiddleware
{
    ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel);
}
