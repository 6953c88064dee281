using Zanshin.Dispatching;

namespace Zanshin;

/// <summary>One queue of a group as a <see cref="PollingStrategy"/> sees it: as it was when the strategy was asked. To be read only until it answers.</summary>
public sealed class QueueTurn
{
    internal QueueTurn(string name) => Name = name;

    /// <summary>The queue's name.</summary>
    public string Name { get; }

    /// <inheritdoc cref="QueueOptions.Weight"/>
    public int Weight { get; private set; }

    /// <summary>Its messages that lack only a slot.</summary>
    public int Ready { get; private set; }

    /// <summary>Slots that it takes.</summary>
    public int SlotsUsed { get; private set; }

    /// <summary>How long its first message has lacked a slot; where none waits, how long ago SQS last answered for this queue.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>Called under the dispatcher's lock, while nothing is asked.</summary>
    internal void Look(QueueLine line, TimeSpan now) => (Weight, Ready, SlotsUsed, Waited) = (line.Weight, line.Ready, line.Runs, line.Waited(now));
}
