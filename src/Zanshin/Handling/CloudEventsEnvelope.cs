using System.Text;

namespace Zanshin.Handling;

/// <summary>A CloudEvent in the JSON format, version 1.0.</summary>
/// <param name="jsonInText">Data that is a string is the text of the body itself, whatever its content type says.</param>
internal sealed class CloudEventsEnvelope(bool jsonInText) : Envelope
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override EnvelopeContent Unwrap(EnvelopeContent content)
    {
        var fields = new JsonFields(content.Text, jsonInText ? "a message of AWS.Messaging" : "a CloudEvent");
        string version = fields.Required("specversion");
        if (!version.StartsWith("1.", StringComparison.Ordinal))
            throw fields.Wrong("its 'specversion' is not 1.0");
        fields.Required("id");
        fields.Required("source");
        return content with
        {
            Type = fields.Required("type"),
            Text = Data(fields),
            Fields = fields.Over(content.Fields, "data", "data_base64"),
        };
    }

    private string Data(JsonFields fields)
    {
        string? contentType = fields.String("datacontenttype");
        bool hasData = fields.Has("data");
        if (fields.String("data_base64") is { } base64)
            return hasData ? throw fields.Wrong("it has both 'data' and 'data_base64'") : Decoded(fields, base64, contentType);
        if (!hasData)
            return "";
        // A string is JSON as it stands, quotes included, where the content is JSON, which it is if nothing is said.
        return fields.IsString("data") && (jsonInText || !(contentType is null || IsJson(contentType))) ? fields.String("data")! : fields.Raw("data");
    }

    private static string Decoded(JsonFields fields, string base64, string? contentType)
    {
        if (contentType is null || !(IsJson(contentType) || MediaType(contentType).StartsWith("text/", StringComparison.OrdinalIgnoreCase)))
            return base64;
        try
        {
            return Strict.GetString(Convert.FromBase64String(base64));
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            throw fields.Wrong("its 'data_base64' is not text in UTF-8 as base64", exception);
        }
    }

    private static bool IsJson(string contentType)
    {
        ReadOnlySpan<char> type = MediaType(contentType);
        ReadOnlySpan<char> sub = type[(type.IndexOf('/') + 1)..];
        return sub.Equals("json", StringComparison.OrdinalIgnoreCase) || sub.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    private static ReadOnlySpan<char> MediaType(string contentType)
    {
        int parameters = contentType.IndexOf(';', StringComparison.Ordinal);
        return contentType.AsSpan(0, parameters < 0 ? contentType.Length : parameters).Trim();
    }
}
