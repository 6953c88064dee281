using System.Text.Json;

namespace Zanshin.Handling;

internal sealed class HandlerEntry<T>(
    BodyReader<T> reader, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle, string name, HandlerBuilder<IMiddleware> options)
    : HandlerEntry(name, options)
{
    public BodyReader<T> Reader => reader;

    public override BodyRead TryRead(Message message) => TryRead(Reader, message);

    public override ValueTask<Outcome> InvokeAsync(Message message, CancellationToken cancel) =>
        handle(new Message<T>(message, Read(Reader, message)), message.Services, cancel);

    public static BodyRead TryRead(BodyReader<T> reader, Message message)
    {
        try
        {
            return new BodyRead(Parse(reader, message), null);
        }
        catch (UnreadableMessageException problem)
        {
            return new BodyRead(null, problem);
        }
    }

    /// <summary>The body for the handler. What makes it unreadable is noted, whatever middleware makes of the exception.</summary>
    public static T Read(BodyReader<T> reader, Message message)
    {
        try
        {
            return message.Known switch
            {
                { Problem: { } problem } => throw problem,
                { Body: T body } => body,
                _ => Parse(reader, message),
            };
        }
        catch (UnreadableMessageException problem)
        {
            message.Found(problem);
            throw;
        }
    }

    private static T Parse(BodyReader<T> reader, Message message)
    {
        try
        {
            return reader.Read(message);
        }
        catch (UnreadableMessageException)
        {
            throw;
        }
        catch (Exception exception)
        {
            // Not the exception's own text: it may quote the body.
            string at = exception is JsonException { LineNumber: { } line, BytePositionInLine: { } place } ? $" at line {line + 1}, byte {place + 1}" : "";
            throw new UnreadableMessageException($"The body cannot be read as {typeof(T).Name} ({exception.GetType().Name}{at}).", exception);
        }
    }
}
