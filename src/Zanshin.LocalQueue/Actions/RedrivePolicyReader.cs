using System.Text.Json;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Actions;

/// <summary>Reads the JSON in the RedrivePolicy attribute.</summary>
internal static class RedrivePolicyReader
{
    internal static (RedrivePolicy?, SqsError?) Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return Bad(json, "Redrive policy is not a valid JSON map.");
            if (!root.TryGetProperty("deadLetterTargetArn", out var target) || target.ValueKind != JsonValueKind.String)
            {
                return Bad(json, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
            }

            if (!root.TryGetProperty("maxReceiveCount", out var count)) return Bad(json, "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
            // Both a number and a string are taken; many tools write the string.
            if (!int.TryParse(count.ToString(), out var max) || max is < 1 or > 1000)
            {
                return Bad(json, $"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive.");
            }

            var arn = target.GetString()!;
            return (new(arn, arn[(arn.LastIndexOf(':') + 1)..], max), null);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // The latter: half a surrogate pair.
        {
            return Bad(json, "Redrive policy is not a valid JSON map.");
        }
    }

    private static (RedrivePolicy?, SqsError?) Bad(string value, string reason) => (null, SqsError.Invalid(QueueAttribute.RedrivePolicy, value, reason));
}
