namespace Zanshin.Dispatching;

internal enum RoomWanted
{
    None,

    /// <summary>For a receive of which nothing is expected: its queue was empty, or nothing says otherwise.</summary>
    Try,

    /// <summary>For a receive that brings messages, as far as it is known, and has room kept for them.</summary>
    More,
}
