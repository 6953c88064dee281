using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zanshin.Bench.Cpu;

/// <summary>What one round used per message, as it passes from its process to the one that started it.</summary>
/// <param name="Microseconds">CPU of the whole process, user and kernel.</param>
/// <param name="Bytes">Allocated.</param>
/// <param name="WarmUp">Messages before those that count.</param>
/// <param name="WasStill">Nothing was being compiled any more.</param>
internal sealed record CpuFigures(double Microseconds, double Bytes, double PerSecond, int WarmUp, bool WasStill)
{
    /// <summary>How the rounds were warmed up, in a sentence.</summary>
    public static string WarmUps(IReadOnlyCollection<CpuFigures> rounds)
    {
        int restless = rounds.Count(static f => !f.WasStill);
        return $"{rounds.Min(static f => f.WarmUp):N0} to {rounds.Max(static f => f.WarmUp):N0} messages before{(restless == 0 ? "" : $"; **{restless} of {rounds.Count} rounds were still being compiled**")}";
    }

    public string ToJson() => JsonSerializer.Serialize(this, CpuJson.Default.CpuFigures);

    public static CpuFigures FromJson(string json) => JsonSerializer.Deserialize(json, CpuJson.Default.CpuFigures)!;
}

[JsonSerializable(typeof(CpuFigures))]
internal sealed partial class CpuJson : JsonSerializerContext;
