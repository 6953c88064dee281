namespace Zanshin.Receiving;

/// <summary>One open receive. Owned by the receiver's loop, but for <see cref="Reserved"/>, which the receiver's lock guards.</summary>
internal sealed class Poll(int max, bool idle, TimeSpan wait, TimeSpan opened)
{
    public int Max => max;

    public TimeSpan Wait => wait;

    public TimeSpan Opened => opened;

    /// <summary>The room it holds at the dispatcher; the one receive of an idle queue holds none.</summary>
    public int Reserved { get; set; } = idle ? 0 : max;

    /// <summary>Answered, or failed. Said before the loop is woken: its task may be a moment from its end then, and nothing would wake the loop again.</summary>
    public bool Over
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    public Task Task { get; set; } = Task.CompletedTask;
}
