namespace Zanshin;

/// <summary>The messages of one queue at SQS, as it counted them when it was last asked (<see cref="ZanshinOptions.BacklogInterval"/>). SQS's numbers are approximate, and may be a minute old.</summary>
public sealed record QueueBacklog
{
    /// <summary>Messages that can be received (<c>ApproximateNumberOfMessages</c>).</summary>
    public required int Visible { get; init; }

    /// <summary>Messages that some worker has received and not deleted (<c>ApproximateNumberOfMessagesNotVisible</c>).</summary>
    public required int InFlight { get; init; }

    /// <summary>Messages whose delay is not over (<c>ApproximateNumberOfMessagesDelayed</c>).</summary>
    public required int Delayed { get; init; }

    /// <summary>Messages in the dead-letter queue, whatever queue they came from; null where there is none, or it could not be asked.</summary>
    public required int? DeadLetters { get; init; }

    /// <summary>How long ago SQS was asked.</summary>
    public required TimeSpan Age { get; init; }

    /// <summary>
    /// How long the queue has had visible messages while this worker started none of them: because it is paused or quiet, its slots are taken, its receives fail,
    /// or other workers take all. Zero when it has none.
    /// </summary>
    public required TimeSpan StalledFor { get; init; }
}
