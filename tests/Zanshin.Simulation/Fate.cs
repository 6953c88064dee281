namespace Zanshin.Simulation;

/// <summary>What happens to one call on its way.</summary>
internal enum Fate
{
    Works,

    /// <summary>Its process is dead.</summary>
    Dead,

    /// <summary>The connection breaks before the call reaches the queue.</summary>
    LostBefore,

    /// <summary>The queue does it, but the answer is lost.</summary>
    LostAfter,

    /// <summary>The name cannot be resolved.</summary>
    NoName,

    /// <summary>The client's own time limit, or somebody else's token: a cancellation that is not the worker's.</summary>
    Cancelled,

    /// <summary>No answer until the caller gives up.</summary>
    Hangs,

    /// <summary>Reaches the queue up to 15 s later, whether or not somebody still waits.</summary>
    Late,

    /// <summary>Done at once, answered up to 15 s later.</summary>
    SlowAnswer,

    ServerError,

    Throttled,

    /// <summary>Expired, not valid, or signed with another clock.</summary>
    Credentials,

    /// <summary>There is no such queue, it says.</summary>
    NoQueue,

    /// <summary>The handle is not valid, it says of all of the call.</summary>
    Refused,

    /// <summary>Not done, and answered with something that is no answer.</summary>
    Malformed,

    /// <summary>Done, and answered with something that is no answer.</summary>
    MalformedAfter,

    /// <summary>Not done, and answered with what holds nothing: null for a list.</summary>
    Empty,

    /// <summary>Some entries of a batch do not get through, and the answer says so.</summary>
    Partial,

    /// <summary>Some entries of a batch are refused as if their handles were not valid.</summary>
    PartlyRefused,

    /// <summary>A message comes without its id or its handle.</summary>
    Nameless,

    /// <summary>A received message is shown at once to the next who asks, as a standard queue may do.</summary>
    Twice,
}
