namespace Zanshin.Dispatching;

/// <summary>
/// Smooth: each queue is credited with its weight at every turn, the one with the most credit has it, and pays all that was credited. Credits are
/// kept between turns, and a queue that has nothing to take gathers none.
/// </summary>
internal sealed class WeightedRoundRobin : PollingStrategy
{
    private readonly Dictionary<QueueTurn, int> _credits = [];

    public override int Next(IReadOnlyList<QueueTurn> queues)
    {
        int next = 0, most = int.MinValue, all = 0;
        for (int i = 0; i < queues.Count; i++)
        {
            QueueTurn queue = queues[i];
            int credit = _credits.GetValueOrDefault(queue) + queue.Weight;
            _credits[queue] = credit;
            all += queue.Weight;
            if (credit > most)
                (next, most) = (i, credit);
        }
        _credits[queues[next]] -= all;
        return next;
    }
}
