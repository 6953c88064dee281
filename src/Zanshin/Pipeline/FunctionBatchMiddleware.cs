namespace Zanshin.Pipeline;

/// <summary>A function as middleware for batches.</summary>
internal sealed class FunctionBatchMiddleware(Func<IReadOnlyList<Message>, BatchDelegate, CancellationToken, ValueTask<BatchOutcome>> function) : IBatchMiddleware, INamed
{
    public string Name => "a middleware function for batches";

    public ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel) => function(batch, next, cancel);
}
