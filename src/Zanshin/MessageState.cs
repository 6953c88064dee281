using System.Text.Json.Serialization;

namespace Zanshin;

/// <summary>Where a message stands that is in a worker.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MessageState>))]
public enum MessageState
{
    /// <summary>Leased; for a slot, for its group's turn, or for others of its batch.</summary>
    Waiting,

    /// <summary>Its handler runs.</summary>
    Running,

    /// <summary>Its outcome is on its way to SQS.</summary>
    Settling,

    /// <summary>Not run, and on its way back to the queue.</summary>
    GoingBack,
}
