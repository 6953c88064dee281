using System.Text.Json.Serialization;

namespace Zanshin.Cli.Work.Lines;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LineRequest))]
[JsonSerializable(typeof(LineAnswer))]
internal sealed partial class LinesJson : JsonSerializerContext;
