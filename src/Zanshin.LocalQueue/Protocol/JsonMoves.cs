using System.Text.Json;
using Zanshin.LocalQueue.Actions;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Protocol;

/// <summary>Writes the list of message move tasks.</summary>
internal static class JsonMoves
{
    internal static void Write(ListMessageMoveTasks.Response response, Utf8JsonWriter json)
    {
        json.WriteStartArray("Results"u8);
        foreach (var task in response.Tasks)
        {
            json.WriteStartObject();
            // Only what runs can be cancelled, and nothing else takes a handle.
            if (task.Status == MoveStatus.Running) json.WriteString("TaskHandle"u8, task.Handle);
            json.WriteString("Status"u8, task.Status.ToString().ToUpperInvariant());
            json.WriteString("SourceArn"u8, task.SourceArn);
            if (task.DestinationArn is not null) json.WriteString("DestinationArn"u8, task.DestinationArn);
            if (task.MostPerSecond is { } most) json.WriteNumber("MaxNumberOfMessagesPerSecond"u8, most);
            json.WriteNumber("ApproximateNumberOfMessagesMoved"u8, task.Moved);
            json.WriteNumber("ApproximateNumberOfMessagesToMove"u8, task.ToMove);
            if (task.FailureReason is not null) json.WriteString("FailureReason"u8, task.FailureReason);
            json.WriteNumber("StartedTimestamp"u8, (task.StartedAt - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
