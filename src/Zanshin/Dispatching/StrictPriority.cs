namespace Zanshin.Dispatching;

/// <param name="longest">What has waited longer goes before all that has not; infinite for never.</param>
internal sealed class StrictPriority(TimeSpan longest) : PollingStrategy
{
    public override int Next(IReadOnlyList<QueueTurn> queues)
    {
        int next = 0;
        for (int i = 1; i < queues.Count; i++)
        {
            if (Outranks(queues[i], queues[next]))
                next = i;
        }
        return next;
    }

    public override bool Outranks(QueueTurn queue, QueueTurn other)
    {
        TimeSpan overdue = Overdue(queue), others = Overdue(other);
        return overdue != others ? overdue > others : queue.Weight > other.Weight;
    }

    private TimeSpan Overdue(QueueTurn queue)
    {
        if (longest == Timeout.InfiniteTimeSpan)
            return TimeSpan.Zero;
        TimeSpan over = queue.Waited - longest;
        return over > TimeSpan.Zero ? over : TimeSpan.Zero;
    }
}
