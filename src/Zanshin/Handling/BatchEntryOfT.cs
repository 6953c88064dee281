namespace Zanshin.Handling;

internal sealed class BatchEntry<T>(
    BodyReader<T> reader, Func<IReadOnlyList<Message<T>>, IServiceProvider, CancellationToken, ValueTask<BatchOutcome>> handle, int max, TimeSpan gather, string name,
    HandlerBuilder<IBatchMiddleware> options)
    : BatchEntry(max, gather, name, options)
{
    public BodyReader<T> Reader => reader;

    public override BodyRead TryRead(Message message) => HandlerEntry<T>.TryRead(reader, message);

    public override async ValueTask<BatchOutcome> InvokeAsync(
        IReadOnlyList<Message> batch, Action<Message, UnreadableMessageException> unreadable, CancellationToken cancel)
    {
        List<Message<T>> read = [];
        foreach (Message message in batch)
        {
            message.Reach();
            try
            {
                if (message.Problem is { } problem)
                    unreadable(message, problem);
                else
                    read.Add(new Message<T>(message, HandlerEntry<T>.Read(reader, message)));
            }
            catch (UnreadableMessageException exception)
            {
                unreadable(message, exception);
            }
        }
        if (read.Count == 0)
            return Outcome.Done;
        return await handle(read, read[0].Services, cancel)
            ?? throw new InvalidOperationException($"{Name} returned null: it must return a BatchOutcome, or Outcome.Done.");
    }
}
