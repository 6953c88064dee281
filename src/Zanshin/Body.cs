using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

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
    public static BodyReader<S3Event> S3Event { get; } = new Handling.S3EventBody();

    /// <summary>The body as JSON, by a source-generated <see cref="JsonTypeInfo{T}"/> (safe for AOT). The literal <c>null</c> is unreadable.</summary>
    public static BodyReader<T> Json<T>(JsonTypeInfo<T> json) => new JsonBody<T>(json);

    /// <summary>
    /// The body as JSON, by reflection and <see cref="JsonSerializerOptions.Web"/>: names in camel case, read without regard to case. For applications
    /// that are neither trimmed nor compiled ahead of time. The literal <c>null</c> is unreadable.
    /// </summary>
    /// <exception cref="NotSupportedException">The type cannot be read or written as JSON.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static BodyReader<T> Json<T>() => Json<T>(JsonSerializerOptions.Web);

    /// <summary>The body as JSON, by these options, and by reflection where they name no resolver. The literal <c>null</c> is unreadable.</summary>
    /// <exception cref="NotSupportedException">The type cannot be read or written as JSON.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static BodyReader<T> Json<T>(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.TypeInfoResolver is null)
            options = new JsonSerializerOptions(options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        return new JsonBody<T>((JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));
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

    private sealed class JsonBody<T>(JsonTypeInfo<T> json) : BodyReader<T>
    {
        public override T Read(Message message) =>
            JsonSerializer.Deserialize(message.Text, json) ?? throw new JsonException("The body is the JSON literal null.");

        public override string Write(T body) => JsonSerializer.Serialize(body, json);
    }
}
