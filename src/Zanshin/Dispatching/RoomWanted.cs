namespace Zanshin.Dispatching;

internal enum RoomWanted
{
    None,

    /// <summary>For the one receive of an idle queue.</summary>
    Idle,

    /// <summary>For a receive that reserves its messages.</summary>
    More,
}
