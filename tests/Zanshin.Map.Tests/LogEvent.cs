using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Zanshin.Map.Tests;

/// <summary>One log event, as a <c>LoggerMessage</c> attribute in a built assembly says it.</summary>
internal sealed record LogEvent(int Id, string Level, string Name, string Message)
{
    private static readonly string[] s_levels = ["Trace", "Debug", "Information", "Warning", "Error", "Critical", "None"];

    /// <summary>How its line in docs/events.md begins; its meaning follows.</summary>
    public string Line => $"| {Id} | {Level} | {Name} | `{Message.Replace("\n", "\\n", StringComparison.Ordinal)}` |";

    public static IReadOnlyList<LogEvent> Of(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader reader = file.GetMetadataReader();
        List<LogEvent> events = [];
        foreach (MethodDefinitionHandle handle in reader.MethodDefinitions)
        {
            MethodDefinition method = reader.GetMethodDefinition(handle);
            foreach (CustomAttributeHandle attribute in method.GetCustomAttributes())
            {
                CustomAttribute one = reader.GetCustomAttribute(attribute);
                if (IsLoggerMessage(reader, one))
                    events.Add(Read(one.DecodeValue(new AttributeTypes()), reader.GetString(method.Name)));
            }
        }
        return [.. events.OrderBy(static e => e.Id)];
    }

    private static bool IsLoggerMessage(MetadataReader reader, CustomAttribute attribute) =>
        attribute.Constructor.Kind == HandleKind.MemberReference
        && reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is { Kind: HandleKind.TypeReference } type
        && reader.GetString(reader.GetTypeReference((TypeReferenceHandle)type).Name) == "LoggerMessageAttribute";

    // The constructors take some of an id, a level and a message; what they lack is named.
    private static LogEvent Read(CustomAttributeValue<string> value, string method)
    {
        Dictionary<string, object?> named = value.NamedArguments.ToDictionary(static a => a.Name!, static a => a.Value);
        foreach (CustomAttributeTypedArgument<string> argument in value.FixedArguments)
            named[argument.Type switch { "String" => "Message", "Int32" => "EventId", _ => "Level" }] = argument.Value;
        return new LogEvent(
            (int)named.GetValueOrDefault("EventId", -1)!,
            s_levels[(int)named.GetValueOrDefault("Level", 6)!],
            (string?)named.GetValueOrDefault("EventName") ?? method,
            (string?)named.GetValueOrDefault("Message") ?? "");
    }

    private sealed class AttributeTypes : ICustomAttributeTypeProvider<string>
    {
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSystemType() => "System.Type";

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => reader.GetString(reader.GetTypeDefinition(handle).Name);

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => reader.GetString(reader.GetTypeReference(handle).Name);

        public string GetTypeFromSerializedName(string name) => name;

        public PrimitiveTypeCode GetUnderlyingEnumType(string type) => PrimitiveTypeCode.Int32;

        public bool IsSystemType(string type) => type == "System.Type";
    }
}
