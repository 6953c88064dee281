namespace Zanshin.Handling;

internal sealed class HandlerEntry<T>(BodyReader<T> reader, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle) : HandlerEntry
{
    public override ValueTask<Outcome> InvokeAsync(Message message, CancellationToken cancel)
    {
        T body;
        try
        {
            body = reader.Read(message);
        }
        catch (Exception exception)
        {
            // Not the exception's own text: it may quote the body.
            throw new UnreadableMessageException($"The body cannot be read as {typeof(T).Name} ({exception.GetType().Name}).", exception);
        }
        return handle(new Message<T>(message, body), message.Services, cancel);
    }
}
