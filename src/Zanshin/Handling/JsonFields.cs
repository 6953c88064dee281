using System.Text;
using System.Text.Json;

namespace Zanshin.Handling;

/// <summary>
/// The fields of a JSON object, one level deep, each as it was written: what is inside of a field is checked to be JSON and not looked at. A field
/// that is there twice is refused, as nobody can say which of them counts; so is what cannot be encoded, and nesting deeper than 64.
/// </summary>
internal sealed class JsonFields
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, Field> _fields = new(StringComparer.Ordinal);
    private readonly byte[] _utf8;
    private readonly string _what;

    /// <param name="what">What the text should be, for the exception: "an EventBridge event".</param>
    /// <exception cref="UnreadableMessageException">The text is no JSON object.</exception>
    public JsonFields(string text, string what)
    {
        _what = what;
        try
        {
            _utf8 = Strict.GetBytes(text);
        }
        catch (EncoderFallbackException exception)
        {
            throw new UnreadableMessageException($"The body is not {what}: it has half a surrogate pair, which is no text.", exception);
        }
        try
        {
            Read();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new UnreadableMessageException($"The body is not {what}: it is not valid JSON{At(exception)}.", exception);
        }
    }

    public IEnumerable<string> Names => _fields.Keys;

    public bool Has(string name) => _fields.ContainsKey(name);

    public bool IsString(string name) => _fields.TryGetValue(name, out Field field) && field.Kind == JsonTokenType.String;

    public bool IsNull(string name) => _fields.TryGetValue(name, out Field field) && field.Kind == JsonTokenType.Null;

    /// <summary>A field's text, or null where it is missing or null.</summary>
    /// <exception cref="UnreadableMessageException">It is something else.</exception>
    public string? String(string name)
    {
        if (!_fields.TryGetValue(name, out Field field) || field.Kind == JsonTokenType.Null)
            return null;
        return field.Kind == JsonTokenType.String ? Unescaped(name, field) : throw Wrong($"its '{name}' is no string");
    }

    /// <summary>A field's text.</summary>
    /// <exception cref="UnreadableMessageException">It is missing, null or something else.</exception>
    public string Required(string name) => String(name) ?? throw Wrong($"it has no '{name}'");

    /// <summary>A field as it was written: JSON.</summary>
    public string Raw(string name) => _fields.TryGetValue(name, out Field field)
        ? Strict.GetString(_utf8, field.Start, field.Length)
        : throw Wrong($"it has no '{name}'");

    /// <summary>All but some as an envelope's fields, over those of the envelope around it.</summary>
    public Dictionary<string, string> Over(IReadOnlyDictionary<string, string> outer, params ReadOnlySpan<string> without)
    {
        Dictionary<string, string> all = new(outer, StringComparer.Ordinal);
        foreach ((string name, Field field) in _fields)
        {
            if (field.Kind != JsonTokenType.Null && !without.Contains(name))
                all[name] = field.Kind == JsonTokenType.String ? Unescaped(name, field) : Raw(name);
        }
        return all;
    }

    /// <param name="problem">Never with a value of the body.</param>
    public UnreadableMessageException Wrong(string problem, Exception? inner = null) => new($"The body is not {_what}: {problem}.", inner);

    private void Read()
    {
        var reader = new Utf8JsonReader(_utf8);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw Wrong("it is no JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            (JsonTokenType kind, int start) = (reader.TokenType, (int)reader.TokenStartIndex);
            reader.Skip();
            if (!_fields.TryAdd(name, new Field(kind, start, (int)reader.BytesConsumed - start)))
                throw Wrong("it has a field twice");
        }
        // To the end: what follows the object is a mistake too.
        while (reader.Read())
        {
        }
    }

    private string Unescaped(string name, Field field)
    {
        try
        {
            var reader = new Utf8JsonReader(_utf8.AsSpan(field.Start, field.Length));
            reader.Read();
            return reader.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw Wrong($"its '{name}' has half a surrogate pair, which is no text", exception);
        }
    }

    private static string At(Exception exception) =>
        exception is JsonException { LineNumber: { } line, BytePositionInLine: { } place } ? $" (line {line + 1}, byte {place + 1})" : "";

    private readonly record struct Field(JsonTokenType Kind, int Start, int Length);
}
