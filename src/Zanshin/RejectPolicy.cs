using System.Text.Json.Serialization;

namespace Zanshin;

/// <summary>What a <see cref="Outcome.Reject"/> does to the message.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RejectPolicy>))]
public enum RejectPolicy
{
    /// <summary>
    /// A copy goes to the dead-letter queue of the queue's redrive policy, with the reason in the attribute
    /// <c>zanshin-reject</c>, then the message is deleted. A crash in between leaves both. Without a dead-letter queue the
    /// start warns and a reject is a retry.
    /// </summary>
    DeadLetter,

    /// <summary>Retried on the queue's schedule until the redrive policy moves it.</summary>
    Redrive,

    /// <summary>Deleted. The message is gone.</summary>
    Delete,
}
