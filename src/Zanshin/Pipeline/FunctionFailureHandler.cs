namespace Zanshin.Pipeline;

/// <summary>A function that is told of failures.</summary>
internal sealed class FunctionFailureHandler(Func<Failure, CancellationToken, ValueTask> function) : IFailureHandler
{
    public static Layer<IFailureHandler> Layer(Func<Failure, CancellationToken, ValueTask> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        var handler = new FunctionFailureHandler(function);
        return new("a failure function", _ => handler);
    }

    public ValueTask HandleAsync(Failure failure, CancellationToken cancel) => function(failure, cancel);
}
