using System.Text.Json.Serialization;

namespace Zanshin.Cli.Sqs;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(QueueList))]
[JsonSerializable(typeof(QueueStats))]
[JsonSerializable(typeof(CreateReport))]
[JsonSerializable(typeof(QueueDone))]
[JsonSerializable(typeof(SendReport))]
[JsonSerializable(typeof(DumpReport))]
[JsonSerializable(typeof(RequeueReport))]
[JsonSerializable(typeof(MoveReport))]
[JsonSerializable(typeof(RedriveReport))]
internal sealed partial class SqsJson : JsonSerializerContext;
