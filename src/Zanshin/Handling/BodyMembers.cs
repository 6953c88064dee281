using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Zanshin.Handling;

/// <summary>The members that a body's type reads from a JSON object: whether a text has any of them, and which it lacks. Stateless.</summary>
internal sealed class BodyMembers
{
    private const int Named = 3;

    private readonly string _type;
    private readonly JsonReaderOptions _reader;
    private readonly HashSet<string> _names;
    private readonly string[] _required;
    private readonly bool _readsObjects;
    private readonly bool _readsAny;

    public BodyMembers(JsonTypeInfo json)
    {
        JsonSerializerOptions options = json.Options;
        JsonPropertyInfo[] read = [.. json.Properties.Where(IsRead)];
        _type = json.Type.Name;
        _reader = new() { AllowTrailingCommas = options.AllowTrailingCommas, CommentHandling = options.ReadCommentHandling, MaxDepth = options.MaxDepth };
        _names = new(read.Select(static p => p.Name), options.PropertyNameCaseInsensitive ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        if (json.PolymorphismOptions is { } polymorphism)
            _names.Add(polymorphism.TypeDiscriminatorPropertyName);
        _required = [.. read.Where(static p => p.IsRequired).Select(static p => p.Name)];
        _readsObjects = json.Kind == JsonTypeInfoKind.Object;
        // A type without members is content with any object, and one with extension data takes them all.
        _readsAny = !_readsObjects || _names.Count == 0 || Array.Exists(read, static p => p.IsExtensionData);
        MayBeForeign = json.Kind is JsonTypeInfoKind.Object or JsonTypeInfoKind.Enumerable && !Array.Exists(read, static p => p.IsExtensionData);
    }

    /// <summary>False where anything may be meant to be read: a dictionary, a document, extension data.</summary>
    public bool MayBeForeign { get; }

    public static bool IsRead(JsonPropertyInfo property) =>
        property.Set is not null || property.AssociatedParameter is not null
        || (property.ObjectCreationHandling ?? property.Options.PreferredObjectCreationHandling) == JsonObjectCreationHandling.Populate;

    /// <summary>How the type takes a body in that envelope.</summary>
    public EnvelopeUse UseOf(KnownEnvelope envelope)
    {
        if (!_readsObjects)
            return EnvelopeUse.Foreign;
        if (envelope.Marks.Any(_names.Contains))
            return EnvelopeUse.Meant;
        return _names.Count > 0 && _names.All(name => envelope.Fields.Contains(name, StringComparer.OrdinalIgnoreCase)) ? EnvelopeUse.Possible : EnvelopeUse.Foreign;
    }

    /// <summary>Why a text that was read without a complaint is not of the type all the same: a member, but none of the type's. Null where it is.</summary>
    public string? Stranger(ReadOnlySpan<byte> utf8)
    {
        // One that must be there was there.
        if (_readsAny || _required.Length > 0)
            return null;
        var reader = new Utf8JsonReader(utf8, _reader);
        bool any = false;
        for (reader.Read(); reader.Read() && reader.TokenType == JsonTokenType.PropertyName; reader.Skip())
        {
            if (_names.Contains(reader.GetString()!))
                return null;
            any = true;
        }
        return any ? $"The body is no {_type}: it has none of its members ({List([.. _names])})." : null;
    }

    /// <summary>What a text lacks that could not be read; null where that is not the reason.</summary>
    public string? Lacks(ReadOnlySpan<byte> utf8)
    {
        if (_required.Length == 0)
            return null;
        HashSet<string> missing = new(_required, _names.Comparer);
        try
        {
            var reader = new Utf8JsonReader(utf8, _reader);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            for (; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; reader.Skip())
                missing.Remove(reader.GetString()!);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
        return missing.Count == 0 ? null : $"The body cannot be read as {_type}: it has no {List([.. missing])}.";
    }

    private static string List(string[] names) =>
        string.Join(", ", names.Take(Named).Select(static n => $"'{n}'")) + (names.Length > Named ? $" and {names.Length - Named} more" : "");
}
