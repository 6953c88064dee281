using System.Text.Json.Serialization;

namespace Zanshin;

[JsonConverter(typeof(JsonStringEnumConverter<QueueHealth>))]
public enum QueueHealth
{
    Healthy,

    /// <summary>Something is wrong, which <see cref="QueueStatus.Trouble"/> says; the worker tries on.</summary>
    Degraded,

    /// <summary>Receives have failed for a minute, or the queue has not been asked for so long although it could be.</summary>
    Unhealthy,
}
