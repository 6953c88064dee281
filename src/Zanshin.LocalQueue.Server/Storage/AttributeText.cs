using System.Text;
using System.Text.Json;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>A queue's attributes as a JSON object in one column, so that a person can read them there.</summary>
internal static class AttributeText
{
    internal static string Of(IEnumerable<KeyValuePair<string, string>> attributes)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var (name, value) in attributes) json.WriteString(name, value);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    internal static Dictionary<string, string> Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!, StringComparer.Ordinal);
    }
}
