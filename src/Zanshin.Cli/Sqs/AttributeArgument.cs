using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary>A message attribute as people type it: name=value, or name:Type=value.</summary>
internal static class AttributeArgument
{
    /// <exception cref="Refusal">It is not of that form.</exception>
    public static (string Name, MessageAttributeValue Value) Read(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string head = equals < 0 ? "" : text[..equals], value = text[(equals + 1)..];
        (string name, string type) = head.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? (head[..colon], head[(colon + 1)..]) : (head, "String");
        if (name.Length == 0 || value.Length == 0 || type.Split('.')[0] is not ("String" or "Number" or "Binary"))
            throw new Refusal($"--attribute is '{text}': give NAME=VALUE, or NAME:Number=VALUE or NAME:Binary=BASE64, with a value that is not empty.");
        if (!type.StartsWith("Binary", StringComparison.Ordinal))
            return (name, new() { DataType = type, StringValue = value });
        try
        {
            return (name, new() { DataType = type, BinaryValue = new MemoryStream(Convert.FromBase64String(value), writable: false) });
        }
        catch (FormatException exception)
        {
            throw new Refusal($"--attribute {name} is not base64: a binary value is given so.", exception);
        }
    }
}
