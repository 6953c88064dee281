namespace Zanshin.Handling;

/// <summary>A handler as the pipeline calls it: whatever its body type.</summary>
internal abstract class HandlerEntry
{
    public abstract ValueTask<Outcome> InvokeAsync(Message message, CancellationToken cancel);
}
