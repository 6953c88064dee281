using System.Text.Json.Serialization;

namespace Zanshin.Cli.Heap;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(HeapDocument))]
internal sealed partial class HeapJson : JsonSerializerContext;
