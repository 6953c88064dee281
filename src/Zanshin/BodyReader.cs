using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Zanshin;

/// <summary>
/// Reads a message body as a <typeparamref name="T"/>, and writes one for sending. A <see cref="JsonTypeInfo{T}"/> converts
/// to one by itself. Stateless and shared by all messages.
/// </summary>
public abstract class BodyReader<T>
{
    /// <summary>
    /// Reads the body, which is <see cref="Message.Text"/>. Any exception rejects the message as unreadable: an
    /// <see cref="UnreadableMessageException"/> with its own text, which should not quote the body; any other with its type only.
    /// </summary>
    public abstract T Read(Message message);

    /// <summary>Writes a body that <see cref="Read"/> understands.</summary>
    public abstract string Write(T body);

#pragma warning disable CA2225 // The named alternative is Body.Json.
    public static implicit operator BodyReader<T>(JsonTypeInfo<T> json) => Body.Json(json);
#pragma warning restore CA2225
}
