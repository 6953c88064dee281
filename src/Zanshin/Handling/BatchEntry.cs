namespace Zanshin.Handling;

/// <summary>A batch handler as the pipeline calls it: whatever its body type.</summary>
internal abstract class BatchEntry(int max, TimeSpan gather, string name, HandlerBuilder<IBatchMiddleware> options) : IBodyReading
{
    public int Max => max;

    public TimeSpan Gather => gather;

    public string Name => name;

    public HandlerBuilder<IBatchMiddleware> Options => options;

    public abstract BodyRead TryRead(Message message);

    /// <param name="unreadable">Is told of each message whose body cannot be read; these are left out.</param>
    public abstract ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, Action<Message, UnreadableMessageException> unreadable, CancellationToken cancel);
}
