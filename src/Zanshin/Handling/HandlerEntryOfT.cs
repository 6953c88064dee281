namespace Zanshin.Handling;

internal sealed class HandlerEntry<T>(BodyReader<T> reader, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle, string name)
    : HandlerEntry(name)
{
    public BodyReader<T> Reader => reader;

    public override ValueTask<Outcome> InvokeAsync(Message message, CancellationToken cancel) =>
        handle(new Message<T>(message, Read(Reader, message)), message.Services, cancel);

    public static T Read(BodyReader<T> reader, Message message)
    {
        try
        {
            return reader.Read(message);
        }
        catch (Exception exception)
        {
            // Not the exception's own text: it may quote the body.
            throw new UnreadableMessageException($"The body cannot be read as {typeof(T).Name} ({exception.GetType().Name}).", exception);
        }
    }
}
