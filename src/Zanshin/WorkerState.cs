using System.Text.Json.Serialization;

namespace Zanshin;

[JsonConverter(typeof(JsonStringEnumConverter<WorkerState>))]
public enum WorkerState
{
    /// <summary>Not started yet, or its start failed.</summary>
    NotStarted,

    Working,

    /// <summary>Works on what it has and receives nothing; see <see cref="ZanshinWorker.Quiet"/>.</summary>
    Quiet,

    Stopping,

    Stopped,
}
