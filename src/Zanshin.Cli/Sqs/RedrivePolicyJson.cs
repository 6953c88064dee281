using System.Text.Json.Serialization;

namespace Zanshin.Cli.Sqs;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RedrivePolicy))]
internal sealed partial class RedrivePolicyJson : JsonSerializerContext;
