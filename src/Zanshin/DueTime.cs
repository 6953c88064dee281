using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Zanshin;

/// <summary>
/// When a message with a long delay is due: the attribute that goes along from hop to hop, as JSON. It is the same on
/// all of them, so that two copies can be told for copies.
/// </summary>
internal sealed record DueTime(DateTimeOffset Due, DateTimeOffset Sent, string Id)
{
    public const string Attribute = "zanshin-due";

    /// <summary>The longest delay that is carried: one beyond ten years is a mistake.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(3660);

    public string Write()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("due", Due.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("sent", Sent.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("id", Id);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Null for whatever this has not written: such a message is due.</summary>
    public static DueTime? Read(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            JsonElement root = json.RootElement;
            DueTime due = new(root.GetProperty("due").GetDateTimeOffset(), root.GetProperty("sent").GetDateTimeOffset(), root.GetProperty("id").GetString() ?? "");
            return due.Due - due.Sent > Longest ? null : due;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
