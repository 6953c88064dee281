namespace Zanshin;

/// <summary>
/// Which queue of a group has the next turn: to start a message on a free slot, and to ask SQS for more. Set with
/// <see cref="GroupBuilder.Polling"/>; each use has an instance of its own, so that it may keep state. Called under the worker's lock, by one
/// thread at a time: it must return at once and call nothing of the worker. If it throws, or answers with no place in the list, the first has the turn,
/// and the failure is logged.
/// </summary>
public abstract class PollingStrategy
{
    /// <summary>Gives the turn to one of several queues, all of which have something to start, or wish to ask for messages.</summary>
    /// <param name="queues">Two or more, in the order of the setup. Not to be kept; the turns in it are the same objects at every call.</param>
    /// <returns>The place in <paramref name="queues"/>.</returns>
    public abstract int Next(IReadOnlyList<QueueTurn> queues);

    /// <summary>
    /// Whether <paramref name="queue"/> goes before <paramref name="other"/> whenever it can, so that what waits of the other never keeps it
    /// from asking for messages. Default: no queue does.
    /// </summary>
    public virtual bool Outranks(QueueTurn queue, QueueTurn other) => false;
}
