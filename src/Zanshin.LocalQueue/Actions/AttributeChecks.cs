using System.Globalization;
using System.Text;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>The rules for message attributes.</summary>
internal static class AttributeChecks
{
    private const int NameLength = 256;
    private const int TypeLength = 256;
    private const string TraceHeaderName = "AWSTraceHeader";

    /// <summary>The attributes sorted by name, as digests and answers want them; or what is wrong.</summary>
    internal static (MessageAttribute[]?, SqsError?) Check(List<AttributeInput> inputs)
    {
        if (inputs.Count == 0) return ([], null);
        if (inputs.Count > SqsLimits.MessageAttributes)
        {
            return (null, SqsError.Invalid($"Number of message attributes [{inputs.Count}] exceeds the allowed maximum [{SqsLimits.MessageAttributes}]."));
        }

        var attributes = new MessageAttribute[inputs.Count];
        for (var i = 0; i < attributes.Length; i++)
        {
            var (attribute, error) = One(inputs[i]);
            if (attribute is null) return (null, error);
            attributes[i] = attribute;
        }

        Array.Sort(attributes, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return (attributes, null);
    }

    /// <summary>The one system attribute a sender can give.</summary>
    internal static ((string Text, MessageAttribute Attribute)?, SqsError?) TraceHeader(List<AttributeInput> inputs)
    {
        (string, MessageAttribute)? trace = null;
        foreach (var input in inputs)
        {
            if (input.Name != TraceHeaderName)
            {
                return (null, SqsError.Invalid($"Message system attribute name '{input.Name}' is invalid. The only supported name is {TraceHeaderName}."));
            }

            if (input is not { DataType: "String", StringValue.Length: > 0 })
            {
                return (null, SqsError.Invalid($"The message system attribute '{TraceHeaderName}' must be of type String and must not be empty."));
            }

            trace = (Encoding.UTF8.GetString(input.StringValue), new(TraceHeaderName, "String", input.StringValue, IsBinary: false));
        }

        return (trace, null);
    }

    private static (MessageAttribute?, SqsError?) One(AttributeInput input)
    {
        var (name, type, text, binary) = input;
        if (!IsName(name))
        {
            return Bad($"Message (user) attribute name '{name}' is invalid. It can contain A-Z, a-z, 0-9, underscore, hyphen and period, must not start with AWS. or Amazon., start or end with a period, or have periods in succession, and is 1 to 256 characters long.");
        }

        if (string.IsNullOrEmpty(type)) return Bad($"The message attribute '{name}' must contain a non-empty message attribute type.");
        var prefix = type.Split('.', 2)[0];
        if (prefix is not ("String" or "Number" or "Binary") || type.Length > TypeLength)
        {
            return Bad($"The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.");
        }

        var isBinary = prefix == "Binary";
        var value = isBinary ? binary : text;
        if (value is not { Length: > 0 })
        {
            return Bad($"The message attribute '{name}' must contain a non-empty message attribute value for message attribute type '{prefix}'.");
        }

        if ((isBinary ? text : binary) is { Length: > 0 }) return Bad($"The message attribute '{name}' has more than one value.");
        if (!isBinary && !MessageChecks.IsAllowed(value)) return (null, SqsError.Contents());
        if (prefix == "Number" && !IsNumber(value)) return Bad($"Can't cast the value of message (user) attribute '{name}' to a number.");
        return (new(name, type, value, isBinary), null);
    }

    private static bool IsNumber(byte[] utf8) => double.TryParse(utf8, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number);

    private static bool IsName(string name) =>
        name.Length is > 0 and <= NameLength
        && name[0] != '.' && name[^1] != '.' && !name.Contains("..", StringComparison.Ordinal)
        && !name.StartsWith("AWS.", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("Amazon.", StringComparison.OrdinalIgnoreCase)
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private static (MessageAttribute?, SqsError?) Bad(string message) => (null, SqsError.Invalid(message));
}
