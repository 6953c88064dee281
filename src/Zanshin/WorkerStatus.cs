namespace Zanshin;

/// <summary>A worker at one moment.</summary>
public sealed record WorkerStatus
{
    public required WorkerState State { get; init; }

    /// <summary>Slots in all: those of the groups, or fewer where there is a limit over all.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Slots taken: handlers that run.</summary>
    public required int SlotsUsed { get; init; }

    /// <summary>Of those: by handlers that look stuck (<see cref="QueueOptions.StuckAfter"/>).</summary>
    public required int SlotsLost { get; init; }

    /// <summary>Messages that are handled: one for each slot used, or a batch.</summary>
    public required int Running { get; init; }

    /// <summary>Messages received and leased that have not started.</summary>
    public required int Waiting { get; init; }

    /// <summary>Messages whose outcome is on its way to SQS.</summary>
    public required int Settling { get; init; }

    /// <summary>Loops and runs that the worker began and that have not ended. Zero after a stop.</summary>
    public required long TasksAlive { get; init; }

    /// <summary>Whether all the worker's own equations have held since its start; anything else is a bug worth reporting.</summary>
    public required bool Sound { get; init; }

    /// <summary>
    /// Why the worker as a whole does not work, or null: SQS cannot be asked for its queues, so it has not started yet; or the application has disposed of its SQS client. What is wrong
    /// with one queue stands there.
    /// </summary>
    public string? Trouble { get; init; }

    /// <summary>How long the start has been tried in vain.</summary>
    internal TimeSpan StartTriedFor { get; init; }

    public required IReadOnlyList<GroupStatus> Groups { get; init; }

    public required IReadOnlyList<QueueStatus> Queues { get; init; }
}
