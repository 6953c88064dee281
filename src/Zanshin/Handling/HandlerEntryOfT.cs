using System.Text.Json;

namespace Zanshin.Handling;

internal sealed class HandlerEntry<T>(
    BodyReader<T> reader, Func<Message<T>, IServiceProvider, CancellationToken, ValueTask<Outcome>> handle, string name, HandlerBuilder<IMiddleware> options)
    : HandlerEntry(name, options)
{
    public override ValueTask<Outcome> InvokeAsync(Message message, CancellationToken cancel) =>
        handle(new Message<T>(message, Read(reader, message)), message.Services, cancel);

    public static T Read(BodyReader<T> reader, Message message)
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
