using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>
/// The Query protocol of older SDKs: parameters in a form or in the address, XML out. It is a translation of the JSON protocol, whose reader
/// and writer do the work: so both know the same calls, and only names differ (<see cref="QueryNames"/>).
/// </summary>
internal sealed class QueryProtocol : SqsProtocol
{
    internal const string FormType = "application/x-www-form-urlencoded";

    internal static readonly QueryProtocol Instance = new();

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    internal override string ContentType => "text/xml";

    internal override bool NamesErrorsInHeader => false;

    protected override SqsRequest ReadCall(in CallHead call, ReadOnlySpan<byte> body)
    {
        var form = QueryForm.Read(call.Query, body);
        if (form["Action"] is not { } action) throw new ProtocolException(SqsError.MissingAction());
        var output = new ArrayBufferWriter<byte>(body.Length + 256);
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            // The oldest way to name a queue: https://host/account/name?Action=...
            if (form["QueueUrl"] is null && call.Path.Trim('/').Length > 0) json.WriteString("QueueUrl"u8, call.Path);
            Members(form, json);
            json.WriteEndObject();
        }

        return JsonProtocol.Read(action, output.WrittenSpan);
    }

    internal override void Write(SqsRequest? request, SqsResponse response, string requestId, IBufferWriter<byte> output)
    {
        if (response.Error is { } error)
        {
            // The older protocol has another sentence for this.
            QueryXml.Error(error with { Message = error.Message.Replace("queue does not exist.", "queue does not exist for this wsdl version.", StringComparison.Ordinal) }, requestId, output);
            return;
        }

        var json = new ArrayBufferWriter<byte>(256);
        if (response is not EmptyResponse) JsonResponses.Write(response, json);
        QueryXml.Answer(request!.Action, json.WrittenSpan, requestId, output);
    }

    private static void Members(QueryForm form, Utf8JsonWriter json)
    {
        foreach (var (name, value) in form.Members)
        {
            if (QueryNames.InRequests.TryGetValue(name, out var many)) Many(many, value, json);
            else Value(name, value, json);
        }
    }

    private static void Many(QueryNames.Many many, QueryForm all, Utf8JsonWriter json)
    {
        if (many.Key is null)
        {
            json.WriteStartArray(many.Name);
            foreach (var entry in all.Entries()) Value(null, entry, json);
            json.WriteEndArray();
            return;
        }

        json.WriteStartObject(many.Name);
        foreach (var entry in all.Entries())
        {
            var key = entry[many.Key] ?? throw new ProtocolException(SqsError.Missing($"{many.Name}.{many.Key}"));
            if (entry.Members.TryGetValue("Value", out var value)) Value(key, value, json, isText: true);
            else json.WriteNull(key);
        }

        json.WriteEndObject();
    }

    private static void Value(string? name, QueryForm value, Utf8JsonWriter json, bool isText = false)
    {
        if (name is not null) json.WritePropertyName(name);
        if (value.Value is null)
        {
            json.WriteStartObject();
            Members(value, json);
            json.WriteEndObject();
        }
        else if (!isText && name is not null && QueryNames.Numbers.Contains(name))
        {
            json.WriteNumberValue(int.TryParse(value.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new ProtocolException(SqsError.Invalid(name, value.Value, "Must be a number.")));
        }
        else
        {
            json.WriteStringValue(value.Value);
        }
    }
}
