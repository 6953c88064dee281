namespace Zanshin.Handling;

/// <summary>A batch handler as the pipeline calls it: whatever its body type.</summary>
internal abstract class BatchEntry(int max, TimeSpan gather, string name, HandlerBuilder<IBatchMiddleware> options)
{
    public int Max => max;

    public TimeSpan Gather => gather;

    public string Name => name;

    public HandlerBuilder<IBatchMiddleware> Options => options;

    /// <param name="unreadable">Is told of each message whose body cannot be read; these are left out.</param>
    public abstract ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, Action<Message, UnreadableMessageException> unreadable, CancellationToken cancel);
}
