namespace Zanshin;

/// <summary>One group of a worker at one moment.</summary>
public sealed record GroupStatus
{
    public required string Name { get; init; }

    /// <summary>The group's slots.</summary>
    public required int Concurrency { get; init; }

    /// <inheritdoc cref="WorkerStatus.SlotsUsed"/>
    public required int SlotsUsed { get; init; }

    /// <inheritdoc cref="WorkerStatus.SlotsLost"/>
    public required int SlotsLost { get; init; }

    /// <inheritdoc cref="WorkerStatus.Running"/>
    public required int Running { get; init; }

    /// <inheritdoc cref="WorkerStatus.Waiting"/>
    public required int Waiting { get; init; }

    /// <inheritdoc cref="WorkerStatus.Settling"/>
    public required int Settling { get; init; }

    /// <summary>The names of its queues.</summary>
    public required IReadOnlyList<string> Queues { get; init; }

    internal bool Sound { get; init; }

    /// <summary>The time that its slots were taken, summed over them; counted while somebody listens to the metric.</summary>
    internal TimeSpan Busy { get; init; }
}
