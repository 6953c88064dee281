namespace Zanshin.Dispatching;

/// <summary>What a throttle says to a start.</summary>
internal enum Allowance
{
    /// <summary>It may be taken.</summary>
    Granted,

    /// <summary>Not now: it is to be asked again later.</summary>
    Refused,

    /// <summary>It is being asked, outside of the lock; its answer starts what it allows.</summary>
    Asked,
}
