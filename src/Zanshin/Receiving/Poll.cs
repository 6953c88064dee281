namespace Zanshin.Receiving;

/// <summary>One open receive. Owned by the receiver's loop, but for <see cref="Reserved"/> and <see cref="Called"/>, which the receiver's lock guards.</summary>
internal sealed class Poll(int max, bool idle, bool first, TimeSpan wait, TimeSpan opened)
{
    public int Max => max;

    /// <summary>No other was open when it was opened: it waits on for messages also when its room has gone back.</summary>
    public bool First => first;

    public TimeSpan Wait => wait;

    public TimeSpan Opened => opened;

    /// <summary>The room it holds at the dispatcher; the one receive of an idle queue holds none.</summary>
    public int Reserved { get; set; } = idle ? 0 : max;

    /// <summary>SQS was asked. Until then it waits for the application's handlers of dispatch, and has no time by which it returns.</summary>
    public bool Called { get; set; }

    /// <summary>Answered, or failed. Said before the loop is woken: its task may be a moment from its end then, and nothing would wake the loop again.</summary>
    public bool Over
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    public Task Task { get; set; } = Task.CompletedTask;
}
