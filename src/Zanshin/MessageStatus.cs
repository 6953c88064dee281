namespace Zanshin;

/// <summary>A message that is in the worker, at one moment; see <see cref="ZanshinWorker.GetInFlight"/>.</summary>
public sealed record MessageStatus
{
    /// <summary>The queue's name.</summary>
    public required string Queue { get; init; }

    public required string MessageId { get; init; }

    /// <summary>Its message group, or null.</summary>
    public required string? Group { get; init; }

    /// <summary>The type name that the sender set, or null.</summary>
    public required string? Type { get; init; }

    /// <summary>Receive count and runs repeated here, as in <see cref="Message.Attempt"/>.</summary>
    public required int Attempt { get; init; }

    public required MessageState State { get; init; }

    /// <summary>Of a running one: the middleware or handler that was entered last; else null.</summary>
    public required string? Where { get; init; }

    /// <summary>Since its receipt.</summary>
    public required TimeSpan Age { get; init; }

    /// <summary>Of a running one: since the run began; else null.</summary>
    public required TimeSpan? RunningFor { get; init; }

    /// <summary>How long it surely stays invisible if nothing more is heard from SQS; zero when its lease is lost.</summary>
    public required TimeSpan LeaseLeft { get; init; }

    /// <summary>Why its handler's token was cancelled, if it was.</summary>
    public required CancelReason Cancelled { get; init; }
}
