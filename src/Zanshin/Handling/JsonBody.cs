using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Zanshin.Handling;

/// <summary>
/// Reads JSON: names without regard to case, and nothing that is not of the type. The serializer alone takes any object for any type whose members may be
/// missing, so that somebody else's message would be handled as a default value. Writes as the application's contract says.
/// </summary>
internal sealed class JsonBody<T>(JsonTypeInfo<T> write, JsonTypeInfo<T> read) : BodyReader<T>
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly BodyMembers _members = new(read);

    public override T Read(Message message)
    {
        string text = message.Text;
        if (_members.MayBeForeign && KnownEnvelope.Of(text) is { } envelope)
            Judge(message, envelope);
        byte[] rented = ArrayPool<byte>.Shared.Rent(Strict.GetMaxByteCount(text.Length));
        try
        {
            return Read(rented.AsSpan(0, Strict.GetBytes(text, rented)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public override string Write(T body) => JsonSerializer.Serialize(body, write);

    private T Read(ReadOnlySpan<byte> utf8)
    {
        T? body;
        try
        {
            body = JsonSerializer.Deserialize(utf8, read);
        }
        catch (JsonException exception) when (_members.Lacks(utf8) is { } reason)
        {
            throw new UnreadableMessageException(reason, exception);
        }
        if (body is null)
            throw new JsonException("The body is the JSON literal null.");
        return _members.Stranger(utf8) is { } stranger ? throw new UnreadableMessageException(stranger) : body;
    }

    private void Judge(Message message, KnownEnvelope envelope)
    {
        EnvelopeUse use = _members.UseOf(envelope);
        if (use == EnvelopeUse.Meant)
            return;
        message.InUnopened(envelope.What, envelope.Remedy);
        if (use == EnvelopeUse.Foreign)
            throw new UnreadableMessageException($"The body is {envelope.What}, and no {typeof(T).Name}: {envelope.Remedy}.");
    }
}
