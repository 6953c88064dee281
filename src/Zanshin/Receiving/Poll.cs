using Zanshin.Dispatching;

namespace Zanshin.Receiving;

/// <summary>One open receive. Owned by the receiver's loop, but for what the dispatcher keeps for it.</summary>
internal sealed class Poll(Reservation reservation, bool first, TimeSpan wait)
{
    public Reservation Reservation => reservation;

    /// <summary>No other was open when it was opened: it waits on for messages also when its room is lent.</summary>
    public bool First => first;

    public TimeSpan Wait => wait;

    /// <summary>When its room was lent, because it waited; the distant past as long as it was not.</summary>
    public TimeSpan LentAt { get; set; } = TimeSpan.MinValue;

    /// <summary>Answered, or failed. Said before the loop is woken: its task may be a moment from its end then, and nothing would wake the loop again.</summary>
    public bool Over
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    public Task Task { get; set; } = Task.CompletedTask;
}
