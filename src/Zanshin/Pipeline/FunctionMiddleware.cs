namespace Zanshin.Pipeline;

/// <summary>A function as middleware.</summary>
internal sealed class FunctionMiddleware(Func<Message, MessageDelegate, CancellationToken, ValueTask<Outcome>> function) : IMiddleware, INamed
{
    public string Name => "a middleware function";

    public ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel) => function(message, next, cancel);
}
