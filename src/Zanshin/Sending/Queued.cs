using Zanshin.Timing;

namespace Zanshin.Sending;

/// <summary>One message in a <see cref="SendLine{T}"/>, whose owner owns it.</summary>
internal class Queued(Sendable message) : IDeadline
{
    public Sendable Message => message;

    /// <summary>Within which a FIFO queue keeps order.</summary>
    public string Group => message.Entry.MessageGroupId ?? "";

    /// <summary>Its place in the order in which all were added.</summary>
    public long Number { get; set; }

    /// <summary>Tries that failed.</summary>
    public int Failures { get; set; }

    /// <summary>When it was taken into a batch for the first time: what it waits before that is no trying.</summary>
    public TimeSpan? Tried { get; set; }

    /// <summary>A call with it and others was refused as a whole: it goes by itself, so that the others do not suffer for one.</summary>
    public bool Alone { get; set; }

    int IDeadline.Place { get; set; } = -1;
}
