using System.Text.Json.Serialization;

namespace Zanshin;

[JsonConverter(typeof(JsonStringEnumConverter<WorkerState>))]
public enum WorkerState
{
    /// <summary>Not started yet, or its start failed.</summary>
    NotStarted,

    /// <summary>Looks for its queues, waits for SQS (<see cref="ZanshinOptions.WaitForSqs"/>), or for the other services of its host to have started. Receives nothing yet.</summary>
    Starting,

    Working,

    /// <summary>Works on what it has and receives nothing; see <see cref="ZanshinWorker.Quiet"/>.</summary>
    Quiet,

    Stopping,

    Stopped,
}
