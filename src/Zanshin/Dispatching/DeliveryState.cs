namespace Zanshin.Dispatching;

internal enum DeliveryState
{
    /// <summary>Leased; for a slot, for its turn in its lane, or for an earlier run of the same message to end.</summary>
    Waiting,

    /// <summary>Has a slot.</summary>
    Running,

    /// <summary>The slot is free again, the outcome is on its way to SQS.</summary>
    Settling,

    /// <summary>Not run, and on its way back to the queue.</summary>
    GoingBack,

    Ended,
}
