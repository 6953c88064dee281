using System.Text.Json;
using Zanshin.LocalQueue.Actions;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>Reads a message to send: the members are the same in a single send and in a batch entry.</summary>
internal static class JsonMessages
{
    internal static MessageInput Entry(ref Utf8JsonReader json)
    {
        var message = new MessageInput();
        json.InObject();
        while (json.NextMember())
        {
            if (json.ValueTextEquals("Id"u8)) message.Id = json.Text();
            else if (!Member(message, ref json)) json.SkipValue();
        }

        return message;
    }

    /// <summary>Reads the member the reader stands on, if it is one of a message's.</summary>
    internal static bool Member(MessageInput message, ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("MessageBody"u8)) Body(message, ref json);
        else if (json.ValueTextEquals("DelaySeconds"u8)) message.DelaySeconds = json.Integer();
        else if (json.ValueTextEquals("MessageAttributes"u8)) message.Attributes = Attributes(ref json);
        else if (json.ValueTextEquals("MessageSystemAttributes"u8)) message.SystemAttributes = Attributes(ref json);
        else if (json.ValueTextEquals("MessageDeduplicationId"u8)) message.DeduplicationId = json.Text();
        else if (json.ValueTextEquals("MessageGroupId"u8)) message.GroupId = json.Text();
        else return false;
        return true;
    }

    private static void Body(MessageInput message, ref Utf8JsonReader json)
    {
        var before = json;
        try
        {
            message.Body = json.Utf8();
        }
        catch (InvalidOperationException) when (IsString(before))
        {
            // One bad message must not fail the others of its batch, so this is remembered and answered by the action.
            message.BodyIsNotText = true;
        }
    }

    private static bool IsString(Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.String;

    private static List<AttributeInput> Attributes(ref Utf8JsonReader json)
    {
        var attributes = new List<AttributeInput>();
        json.Read();
        if (json.TokenType == JsonTokenType.Null) return attributes;
        json.InObject();
        while (json.NextMember())
        {
            var name = json.GetString()!;
            string? type = null;
            byte[]? text = null, binary = null;
            json.EnterObject();
            while (json.NextMember())
            {
                if (json.ValueTextEquals("DataType"u8)) type = json.Text();
                else if (json.ValueTextEquals("StringValue"u8)) text = json.Utf8();
                else if (json.ValueTextEquals("BinaryValue"u8)) binary = Base64(ref json);
                else json.SkipValue();
            }

            attributes.Add(new(name, type, text, binary));
        }

        return attributes;
    }

    private static byte[]? Base64(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Null ? null : json.GetBytesFromBase64();
    }
}
