namespace Zanshin;

/// <summary>
/// Which queue of a group has the next turn: to start a message on a free slot, and to ask SQS for more. Set with
/// <see cref="GroupBuilder.Polling"/>; each use has an instance of its own, so that it may keep state. Asked on threads of the pool, one question at a time, and under
/// no lock of the worker's: it may call the worker. The group's free slots wait for its answer, and nothing else does: leases, ends of messages and other groups go on (where groups share a limit, a turn waits
/// for 10 ms). After a second without an answer the first queue of the setup has the turn, until it answers. If it throws, or answers with no place in the list, the first has the turn, and the failure is logged.
/// </summary>
public abstract class PollingStrategy
{
    /// <summary>Gives the turn to one of several queues, all of which have something to start, or wish to ask for messages.</summary>
    /// <param name="queues">Two or more, in the order of the setup. Not to be kept; the turns in it are the same objects at every call.</param>
    /// <returns>The place in <paramref name="queues"/>. Where that queue may not have the turn any more when the answer comes, the strategy is asked again.</returns>
    public abstract int Next(IReadOnlyList<QueueTurn> queues);

    /// <summary>
    /// Whether <paramref name="queue"/> goes before <paramref name="other"/> whenever it can, so that what waits of the other never keeps it
    /// from asking for messages. Asked about a pair once a second at most; the answer holds until the next. Default: no queue does.
    /// </summary>
    public virtual bool Outranks(QueueTurn queue, QueueTurn other) => false;
}
