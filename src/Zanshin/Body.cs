using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Zanshin.Handling;

namespace Zanshin;

/// <summary>The ways to read a message body.</summary>
public static class Body
{
    private const string Reflection = "The type is read by reflection: where the application is trimmed or compiled ahead of time, give a JsonTypeInfo<T> of a JsonSerializerContext.";

    /// <summary>The body as it stands.</summary>
    public static BodyReader<string> Text { get; } = new TextBody();

    /// <summary>The body as base64.</summary>
    public static BodyReader<byte[]> Bytes { get; } = new BytesBody();

    /// <summary>The body as a notification of Amazon S3, its test included.</summary>
    public static BodyReader<S3Event> S3Event { get; } = new S3EventBody();

    /// <summary>
    /// The body as JSON, by a source-generated <see cref="JsonTypeInfo{T}"/> (safe for AOT). It is read without regard to the case of names, and refused where
    /// it is not a <typeparamref name="T"/>: without a <c>required</c> member or a constructor parameter that has no default value, with members of which the
    /// type has none, in an envelope that the queue does not open, or as the literal <c>null</c>.
    /// </summary>
    /// <remarks>
    /// These two are added to the options of the contract for reading; written is by them as they are. Case counts where they refuse unknown members
    /// (<c>UnmappedMemberHandling</c>), or where names differ by it. A parameter that they leave out when they write (<c>DefaultIgnoreCondition</c>; of
    /// <c>WhenWritingNull</c> only a nullable one) may be missing. They hold at any depth. A contract that was changed by hand is used as it stands.
    /// </remarks>
    public static BodyReader<T> Json<T>(JsonTypeInfo<T> json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new JsonBody<T>(json, BodyContract.Of(json));
    }

    /// <summary>
    /// The body as JSON, by reflection and <see cref="JsonSerializerOptions.Web"/>: written in camel case. Read and refused as by
    /// <see cref="Json{T}(JsonTypeInfo{T})"/>. For applications that are neither trimmed nor compiled ahead of time.
    /// </summary>
    /// <exception cref="NotSupportedException">The type cannot be read or written as JSON.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static BodyReader<T> Json<T>() => Json<T>(JsonSerializerOptions.Web);

    /// <summary>The body as JSON, by these options, and by reflection where they name no resolver. Read and refused as by <see cref="Json{T}(JsonTypeInfo{T})"/>.</summary>
    /// <exception cref="NotSupportedException">The type cannot be read or written as JSON.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static BodyReader<T> Json<T>(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.TypeInfoResolver is null)
            options = new JsonSerializerOptions(options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        return new JsonBody<T>((JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)), BodyContract.Of<T>(options));
    }

    private sealed class TextBody : BodyReader<string>
    {
        public override string Read(Message message) => message.Text;

        public override string Write(string body) => body;
    }

    private sealed class BytesBody : BodyReader<byte[]>
    {
        public override byte[] Read(Message message) => Convert.FromBase64String(message.Text);

        public override string Write(byte[] body) => Convert.ToBase64String(body);
    }
}
