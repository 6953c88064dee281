namespace Zanshin.Leasing;

internal enum LeaseMode
{
    /// <summary>Extended by the loop.</summary>
    Kept,

    /// <summary>No longer extended: a return of the message with its own visibility change is on its way.</summary>
    Detached,

    Lost,

    Released,
}
