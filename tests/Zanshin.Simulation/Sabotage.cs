namespace Zanshin.Simulation;

/// <summary>A lie or a fault that the worker does not promise to survive: each shows that a check can fail.</summary>
internal enum Sabotage
{
    None,

    /// <summary>Somebody else deletes a message that nobody has done.</summary>
    DeletesAnother,

    /// <summary>Extensions are confirmed and never reach the queue.</summary>
    ConfirmsOnly,

    /// <summary>A FIFO queue gives its messages in reverse.</summary>
    ReversesFifo,

    /// <summary>Receives of one queue hang for ever, and the plan does not say so.</summary>
    HangsUntold,

    /// <summary>A handler leaves a timer behind.</summary>
    LeavesTimer,

    /// <summary>A run that goes on is counted as over.</summary>
    LosesRun,

    /// <summary>A run is counted twice.</summary>
    CountsTwice,

    /// <summary>A handler says that it is done, and that is not noted.</summary>
    DoneUnnoted,

    /// <summary>A handler rejects, and that is not noted.</summary>
    RejectUnnoted,

    /// <summary>A handler asks for a retry sooner than is noted.</summary>
    RetriesSooner,

    /// <summary>A process is said to be quiet, and nobody told it.</summary>
    QuietUntold,

    /// <summary>A process is said to have stopped, and it works on.</summary>
    StopUntold,

    /// <summary>A handler of the first process takes far longer than any stop and heeds no token, which is not noted.</summary>
    OrphanUnnoted,

    /// <summary>The messages of a batch are handled in reverse.</summary>
    ReversesBatch,

    /// <summary>What became of a message of a batch is said of the next one.</summary>
    MixesUpBatch,

    /// <summary>The last message of a batch is handled, and that is not noted.</summary>
    LosesOneOfBatch,

    /// <summary>A late answer says that it was made just now.</summary>
    DatesAnew,

    /// <summary>Processes stand still, and neither their clocks nor answers tell them.</summary>
    StandsStillUnseen,

    /// <summary>Room is kept for receives that nobody calls.</summary>
    KeepsRoom,

    /// <summary>Handlers draw from what is left of an earlier run.</summary>
    Unreplayable,
}
