using System.Text.Json;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>Reads the JSON in the RedriveAllowPolicy attribute.</summary>
internal static class RedriveAllowPolicyReader
{
    private const int MostSources = 10;

    /// <summary>Null when it is no such policy.</summary>
    internal static RedriveAllowPolicy? Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("redrivePermission", out var permission)) return null;
            var hasSources = root.TryGetProperty("sourceQueueArns", out var sources);
            switch (permission.GetString())
            {
                case "allowAll" when !hasSources:
                    return new(RedrivePermission.AllowAll, []);
                case "denyAll" when !hasSources:
                    return new(RedrivePermission.DenyAll, []);
                case "byQueue" when hasSources && sources.GetArrayLength() is > 0 and <= MostSources:
                    return new(RedrivePermission.ByQueue, [.. sources.EnumerateArray().Select(static s => s.GetString() ?? "")]);
                default:
                    return null;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // The latter: of another type, or half a surrogate pair.
        {
            return null;
        }
    }
}
