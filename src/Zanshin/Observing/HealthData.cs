using System.Globalization;

namespace Zanshin.Observing;

/// <summary>What a health check shows beside its verdict.</summary>
internal static class HealthData
{
    public static IReadOnlyDictionary<string, object> Of(WorkerStatus status)
    {
        Dictionary<string, object> data = new()
        {
            ["state"] = status.State.ToString(),
            ["slots"] = string.Create(CultureInfo.InvariantCulture, $"{status.SlotsUsed} of {status.Concurrency} used, {status.SlotsLost} lost"),
        };
        foreach (QueueStatus queue in status.Queues)
            data[queue.Name] = string.Create(CultureInfo.InvariantCulture, $"{queue.Health}, last answered {queue.SinceLastPoll.TotalSeconds:0} s ago{(queue.Trouble is null ? "" : $": {queue.Trouble}")}");
        return data;
    }
}
