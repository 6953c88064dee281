using System.Text;
using System.Text.Json;

namespace Zanshin;

/// <summary>The attribute that carries named values with a message: a JSON object of strings.</summary>
internal static class AmbientValues
{
    public const string Attribute = "zanshin-ambient";

    /// <summary>Bytes of the attribute's value.</summary>
    public const int Most = 2048;

    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>The attribute's value; null when there is nothing to carry.</summary>
    /// <exception cref="ArgumentException">It would be longer than 2 KiB.</exception>
    public static string? Write(IReadOnlyList<CarriedValue> carried)
    {
        if (carried.Count == 0)
            return null;
        List<(string Name, string Value)> values = [];
        foreach (CarriedValue one in carried)
        {
            if (one.Read() is { } value)
                values.Add((one.Name, value));
        }
        if (values.Count == 0)
            return null;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, string value) in values)
                json.WriteString(name, value);
            json.WriteEndObject();
        }
        if (buffer.Length > Most)
            throw new ArgumentException($"The ambient values have {buffer.Length:N0} bytes; a message carries 2 KiB of them: {string.Join(", ", values.Select(static v => $"{v.Name} {v.Value.Length:N0} characters"))}.");
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    public static void Restore(IReadOnlyList<CarriedValue> carried, Message message)
    {
        if (carried.Count == 0)
            return;
        IReadOnlyDictionary<string, string> values = message.Ambient;
        foreach (CarriedValue one in carried)
            one.Restore?.Invoke(values.GetValueOrDefault(one.Name), message.Services);
    }

    /// <summary>Anything but an object of strings is none: others may have sent it.</summary>
    public static IReadOnlyDictionary<string, string> Read(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return None;
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            Dictionary<string, string> values = [];
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return None;
            foreach (JsonProperty property in json.RootElement.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.String)
                    values[property.Name] = property.Value.GetString()!;
            }
            return values;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return None;
        }
    }
}
