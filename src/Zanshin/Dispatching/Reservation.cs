namespace Zanshin.Dispatching;

/// <summary>
/// What one open receive may bring: how much was asked for, and how much of that has room kept for it. The rest is lent to others: should it come all the
/// same, it waits, leased. Guarded by the dispatcher's lock, but for <see cref="Until"/>.
/// </summary>
/// <param name="afterFull">Whether the receive before it had brought all that it asked for; null where what comes of it says nothing of those after it.</param>
internal sealed class Reservation(int max, int kept, bool? afterFull, TimeSpan until)
{
    /// <summary>How many messages it asks for.</summary>
    public int Max { get; set; } = max;

    /// <summary>Of those: counted against the room of all others.</summary>
    public int Kept { get; set; } = kept;

    public bool? AfterFull { get; set; } = afterFull;

    /// <summary>When a receive that has found messages has brought them: from here on it waits for others, or hangs. <see cref="TimeSpan.MaxValue"/> once that is said.</summary>
    public TimeSpan Until { get; set; } = until;

    /// <summary>Its receive has waited longer than one that finds messages, or is over.</summary>
    public bool Lent => Until == TimeSpan.MaxValue;
}
