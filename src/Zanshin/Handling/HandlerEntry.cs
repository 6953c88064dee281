namespace Zanshin.Handling;

/// <summary>A handler as the pipeline calls it: whatever its body type.</summary>
internal abstract class HandlerEntry(string name, HandlerBuilder<IMiddleware> options)
{
    public string Name => name;

    public HandlerBuilder<IMiddleware> Options => options;

    public abstract ValueTask<Outcome> InvokeAsync(Message message, CancellationToken cancel);
}
