using Zanshin.Dispatching;

namespace Zanshin;

/// <summary>One queue of a group as a <see cref="PollingStrategy"/> sees it. To be read only while the strategy is asked.</summary>
public sealed class QueueTurn
{
    private readonly QueueLine _line;

    internal QueueTurn(QueueLine line) => _line = line;

    /// <summary>The queue's name.</summary>
    public string Name => _line.Name;

    /// <inheritdoc cref="QueueOptions.Weight"/>
    public int Weight => _line.Weight;

    /// <summary>Its messages that lack only a slot.</summary>
    public int Ready => _line.Ready;

    /// <summary>Slots that it takes.</summary>
    public int SlotsUsed => _line.Runs;

    /// <summary>How long its first message has lacked a slot; where none waits, how long ago SQS last answered for this queue.</summary>
    public TimeSpan Waited => _line.Waited(_line.Surroundings.Now);
}
