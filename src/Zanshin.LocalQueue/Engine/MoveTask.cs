namespace Zanshin.LocalQueue.Engine;

/// <summary>What is known of a message move task. Never changes: a step makes a new one.</summary>
internal sealed record MoveTask
{
    /// <summary>Names the task for its caller.</summary>
    internal required string Handle { get; init; }

    internal required string SourceArn { get; init; }

    /// <summary>Null: each message goes back to the queue that it came from.</summary>
    internal string? DestinationArn { get; init; }

    /// <summary>As the caller gave it.</summary>
    internal int? MostPerSecond { get; init; }

    internal MoveStatus Status { get; init; }

    /// <summary>Why it failed.</summary>
    internal string? FailureReason { get; init; }

    internal long Moved { get; init; }

    /// <summary>How many there were when it began.</summary>
    internal long ToMove { get; init; }

    /// <summary>UTC ticks.</summary>
    internal long StartedAt { get; init; }
}
