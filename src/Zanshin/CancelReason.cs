using System.Text.Json.Serialization;

namespace Zanshin;

/// <summary>Why a handler's token was cancelled.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CancelReason>))]
public enum CancelReason
{
    None,

    /// <summary>The worker stops and the time to drain is over; an <see cref="OperationCanceledException"/> hands the message back at once.</summary>
    Stopping,

    /// <summary>The visibility timeout could not be kept; the message may be running elsewhere by now.</summary>
    LeaseLost,

    /// <summary>The handler ran longer than its time limit, its own or its queue's.</summary>
    TimeLimit,
}
