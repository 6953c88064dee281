using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Xml;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>Writes answers as the Query protocol has them, from the JSON protocol's.</summary>
internal static class QueryXml
{
    private const string Namespace = "http://queue.amazonaws.com/doc/2012-11-05/";

    private static readonly SearchValues<char> Unsayable =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static c => (char)c).Where(static c => c is not ('\t' or '\n' or '\r')), '\uFFFE', '\uFFFF']);

    private static readonly XmlWriterSettings Settings = new()
    {
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        // A reader would turn a bare carriage return in a message into a line feed.
        NewLineHandling = NewLineHandling.Entitize,
    };

    /// <param name="action">The action's name.</param>
    /// <param name="json">Its answer; empty if it is one that answers nothing.</param>
    /// <param name="requestId">The request's id.</param>
    /// <param name="output">Where to.</param>
    internal static void Answer(string action, ReadOnlySpan<byte> json, string requestId, IBufferWriter<byte> output) => Write(output, json, (xml, json) =>
    {
        xml.WriteStartElement($"{action}Response", Namespace);
        // An action that answers something has a result also when there is nothing in it.
        if (!json.IsEmpty)
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            xml.WriteStartElement($"{action}Result");
            Members(action, ref reader, xml);
            xml.WriteEndElement();
        }

        xml.WriteStartElement("ResponseMetadata");
        xml.WriteElementString("RequestId", requestId);
        xml.WriteEndElement();
        xml.WriteEndElement();
    });

    internal static void Error(SqsError error, string requestId, IBufferWriter<byte> output) => Write(output, default, (xml, _) =>
    {
        xml.WriteStartElement("ErrorResponse", Namespace);
        xml.WriteStartElement("Error");
        xml.WriteElementString("Type", error.SenderFault ? "Sender" : "Receiver");
        xml.WriteElementString("Code", error.Code);
        xml.WriteElementString("Message", Sayable(error.Message));
        xml.WriteEndElement();
        xml.WriteElementString("RequestId", requestId);
        xml.WriteEndElement();
    });

    private static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> json, Action<XmlWriter, ReadOnlySpan<byte>> write)
    {
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, Settings)) write(xml, json);
        output.Write(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    /// <summary>The members of the object that the reader stands on.</summary>
    private static void Members(string action, ref Utf8JsonReader json, XmlWriter xml)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            if (Many(action, name) is { } many) All(action, many, ref json, xml);
            else Element(action, name, ref json, xml);
        }
    }

    private static QueryNames.Many? Many(string action, string name) => name switch
    {
        "Successful" => new($"{action}ResultEntry"),
        "Results" => new($"{action}ResultEntry"),
        _ => QueryNames.InResponses.TryGetValue(name, out var many) ? many : null,
    };

    private static void All(string action, QueryNames.Many many, ref Utf8JsonReader json, XmlWriter xml)
    {
        while (json.Read() && json.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject))
        {
            if (many.Key is null)
            {
                Element(action, many.Name, ref json, xml);
                continue;
            }

            xml.WriteStartElement(many.Name);
            xml.WriteElementString(many.Key, Sayable(json.GetString()!));
            json.Read();
            Element(action, "Value", ref json, xml);
            xml.WriteEndElement();
        }
    }

    private static void Element(string action, string name, ref Utf8JsonReader json, XmlWriter xml)
    {
        xml.WriteStartElement(name);
        if (json.TokenType == JsonTokenType.StartObject) Members(action, ref json, xml);
        else xml.WriteString(json.TokenType == JsonTokenType.String ? Sayable(json.GetString()!) : Encoding.UTF8.GetString(json.ValueSpan));
        xml.WriteEndElement();
    }

    /// <summary>
    /// An answer may name what the caller gave, in an error or a tag, and XML knows fewer characters than a form or JSON does. Those of a message's body and attributes are
    /// checked when it is sent.
    /// </summary>
    private static string Sayable(string text) => text.AsSpan().IndexOfAny(Unsayable) < 0
        ? text
        : string.Create(text.Length, text, static (said, text) =>
        {
            for (var i = 0; i < said.Length; i++) said[i] = Unsayable.Contains(text[i]) ? '?' : text[i];
        });
}
