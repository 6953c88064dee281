using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zanshin.Bench.Cpu;

/// <summary>What one round used per message, as it passes from its process to the one that started it.</summary>
/// <param name="Microseconds">CPU of the whole process, user and kernel.</param>
/// <param name="Bytes">Allocated.</param>
internal sealed record CpuFigures(double Microseconds, double Bytes, double PerSecond)
{
    public string ToJson() => JsonSerializer.Serialize(this, CpuJson.Default.CpuFigures);

    public static CpuFigures FromJson(string json) => JsonSerializer.Deserialize(json, CpuJson.Default.CpuFigures)!;
}

[JsonSerializable(typeof(CpuFigures))]
internal sealed partial class CpuJson : JsonSerializerContext;
