using System.Buffers;
using System.Text.Json;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>The few steps all JSON requests are read with. A null reads as absent.</summary>
internal static class JsonReading
{
    internal delegate T ReadOne<out T>(ref Utf8JsonReader json);

    /// <summary>Steps onto the object's opening brace.</summary>
    internal static void EnterObject(this ref Utf8JsonReader json)
    {
        json.Read();
        json.InObject();
    }

    internal static void InObject(this ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw new JsonException();
    }

    /// <summary>Steps onto the next member's name; false at the end of the object.</summary>
    internal static bool NextMember(this ref Utf8JsonReader json)
    {
        if (!json.Read()) throw new JsonException();
        return json.TokenType == JsonTokenType.PropertyName;
    }

    internal static void SkipValue(this ref Utf8JsonReader json)
    {
        json.Read();
        json.Skip();
    }

    internal static string? Text(this ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetString();
    }

    internal static int? Integer(this ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Null ? null : json.GetInt32();
    }

    /// <summary>A string as UTF-8, without a detour through UTF-16. Throws InvalidOperationException for half a surrogate pair.</summary>
    internal static byte[]? Utf8(this ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return null;
        var escaped = json.ValueSpan.Length;
        if (!json.ValueIsEscaped)
        {
            var exact = new byte[escaped];
            json.CopyString(exact);
            return exact;
        }

        var rented = ArrayPool<byte>.Shared.Rent(escaped);
        try
        {
            return rented.AsSpan(0, json.CopyString(rented)).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    internal static List<T> List<T>(this ref Utf8JsonReader json, ReadOne<T> one)
    {
        var list = new List<T>();
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return list;
        if (json.TokenType != JsonTokenType.StartArray) throw new JsonException();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) list.Add(one(ref json));
        return list;
    }

    internal static List<string> Texts(this ref Utf8JsonReader json) =>
        json.List(static (ref json) => json.GetString() ?? throw new JsonException());

    internal static Dictionary<string, string> Map(this ref Utf8JsonReader json)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return map;
        json.InObject();
        while (json.NextMember())
        {
            var name = json.GetString()!;
            map[name] = json.Text() ?? "";
        }

        return map;
    }
}
