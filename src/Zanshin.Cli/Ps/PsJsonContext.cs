using System.Text.Json.Serialization;

namespace Zanshin.Cli.Ps;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PsJson))]
internal sealed partial class PsJsonContext : JsonSerializerContext;
