namespace Zanshin.Handling;

/// <summary>A handler as the pipeline calls it: whatever its body type.</summary>
internal abstract class HandlerEntry(string name, HandlerBuilder<IMiddleware> options) : IBodyReading
{
    public string Name => name;

    public HandlerBuilder<IMiddleware> Options => options;

    public abstract BodyRead TryRead(Message message);

    public abstract ValueTask<Outcome> InvokeAsync(Message message, CancellationToken cancel);
}
