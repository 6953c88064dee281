namespace Zanshin.Tests.Rig;

/// <summary>What happens to one call on its way.</summary>
public enum Fate
{
    Works,

    /// <summary>The connection breaks before the call reaches the queue.</summary>
    LostBefore,

    /// <summary>The queue does it, but the answer is lost.</summary>
    LostAfter,

    /// <summary>HTTP 500.</summary>
    ServerError,

    /// <summary>HTTP 400 with a throttling code.</summary>
    Throttled,

    /// <summary>HTTP 200 with something else than JSON.</summary>
    Malformed,

    /// <summary>HTTP 200 with an object that has nothing in it; the call does not reach the queue.</summary>
    NoResult,

    /// <summary>The second message of a receive comes without its id.</summary>
    Nameless,

    /// <summary>No answer until the caller gives up.</summary>
    Hangs,

    /// <summary>Reaches the queue a second later.</summary>
    Late,

    /// <summary>The endpoint's name is not found.</summary>
    NoName,

    /// <summary>HTTP 403: the credentials have expired.</summary>
    Expired,

    /// <summary>HTTP 403: not allowed.</summary>
    Denied,

    /// <summary>HTTP 200 with JSON that breaks off.</summary>
    Truncated,

    /// <summary>HTTP 200 with an empty body.</summary>
    Empty,

    /// <summary>HTTP 200, and every list in it is null.</summary>
    Nulls,

    /// <summary>HTTP 200 with JSON of other types than it should have. (A list must be one: the SDK itself reads another value for ever.)</summary>
    WrongTypes,

    /// <summary>The transport gives the call up by itself, with nobody's token.</summary>
    Cancelled,

    /// <summary>An exception that no transport should throw.</summary>
    Unexpected,

    /// <summary>The process is short of memory.</summary>
    OutOfMemory,

    /// <summary>A batch is done, and its answer names other entries.</summary>
    Strangers,

    /// <summary>A batch is done, and its answer leaves out every second entry.</summary>
    Missing,

    /// <summary>A batch is done, and its answer names every entry twice: as done and as failed.</summary>
    Twins,

    /// <summary>Nothing of a batch is done, and its answer says so of every entry.</summary>
    EachFails,

    /// <summary>A call of several entries is refused as a whole, as if a handle were not valid.</summary>
    RefusesMany,
}
