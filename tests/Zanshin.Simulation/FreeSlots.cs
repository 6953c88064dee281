namespace Zanshin.Simulation;

/// <summary>
/// No slot stays free for longer than a few round trips while a queue of its group has a message that could be received for it, whatever the other queues of the group are and do: empty,
/// bursty, broken, or with receives that hang. Nothing but this may keep a queue from being asked:
/// <list type="number">
/// <item>its process: it is quiet, stops, stands still, or is in doubt of its clock;</item>
/// <item>limits: of slots (the queue's, its group's, the worker's), of starts, of unsettled messages, of what is held of FIFO groups;</item>
/// <item>the queue's own trouble: a receive that was lost or hangs, until one is answered; other calls, or handlers, that fail;</item>
/// <item>messages that have come again, which are run apart;</item>
/// <item>a rest after an empty answer: the setup's, and a second where the answer came at once.</item>
/// </list>
/// Looked at with each step of a process, and whenever a queue has fewer messages.
/// </summary>
internal sealed class FreeSlots(Plan plan, Promises promises)
{
    /// <summary>The queue asks nothing for so long after an answer that came at once and brought nothing.</summary>
    private static readonly TimeSpan AfterHasty = TimeSpan.FromSeconds(1);

    /// <summary>What a worker takes for a round trip at most, where answers come late.</summary>
    private static readonly TimeSpan LongestRoundTrip = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<(Process Process, PlannedQueue Queue), Asked> _asked = [];

    // Room that another queue's receive does not fill is kept for two round trips; one more to ask, and one on the way as the slot became free.
    private TimeSpan Longest => 4 * (plan.Fair ? plan.RoundTrip : LongestRoundTrip) + TimeSpan.FromMilliseconds(50);

    /// <summary>A receive is on its way that will fail, or come late.</summary>
    public void TroubleBegins(Process process, PlannedQueue queue) => Of(process, queue).Troubles++;

    /// <summary>A receive in trouble is over.</summary>
    public void TroubleEnds(Process process, PlannedQueue queue)
    {
        Asked asked = Of(process, queue);
        asked.Troubles--;
        asked.Failed = true;
    }

    /// <summary>The queue has answered a receive.</summary>
    public void Answers(Process process, PlannedQueue queue, int messages, long called, long now)
    {
        Asked asked = Of(process, queue);
        (asked.Failed, asked.FreeSince) = (false, null);
        if (messages == 0)
            asked.RestsUntil = Math.Max(now + queue.Delay.Ticks, called + AfterHasty.Ticks);
    }

    /// <summary>The queue has fewer messages to be received.</summary>
    public void Lessens(PlannedQueue queue, long now)
    {
        if (!_asked.Any(a => a.Key.Queue == queue && a.Value.FreeSince is not null) || promises.Queues.HasReceivable(queue, now))
            return;
        foreach (((Process _, PlannedQueue of), Asked asked) in _asked)
        {
            if (of == queue)
                asked.FreeSince = null;
        }
    }

    public void Look(Process process, WorkerStatus status, long now)
    {
        bool asks = !(process.IsQuiet || process.IsStopping || process.HasStopped || process.Clock.StandsStill) && process.Surroundings.IsCertain;
        foreach (QueueStatus queue in status.Queues)
        {
            PlannedQueue planned = plan.Queues.First(q => q.Name == queue.Name);
            Asked asked = Of(process, planned);
            if (!asks || IsKept(asked, now) || !HasSlot(process, status, queue, planned) || !promises.Queues.HasReceivable(planned, now) || HasComeAgain(planned))
                asked.FreeSince = null;
            else if ((asked.FreeSince ??= now) < now - Longest.Ticks)
                promises.Broken($"{process.Name} has had a free slot for {TimeSpan.FromTicks(now - asked.FreeSince.Value)}, and {queue.Name} messages that nobody asked for");
        }
    }

    private static bool IsKept(Asked asked, long now) => asked.Troubles > 0 || asked.Failed || asked.RestsUntil > now;

    private bool HasSlot(Process process, WorkerStatus status, QueueStatus queue, PlannedQueue planned)
    {
        GroupStatus group = status.Groups.First(g => g.Name == queue.Group);
        return group.SlotsUsed < group.Concurrency && queue.SlotsUsed < queue.SlotsAllowed && status.SlotsUsed < (process.Worker.MaxConcurrency ?? int.MaxValue)
            && queue.Trouble is null && process.Worker.Queue(queue.Name).RateLimit is null
            && queue.Running + queue.Settling + planned.Batch <= Equations.Unsettled(plan, planned) && queue.Waiting < Equations.Held(plan, planned);
    }

    private bool HasComeAgain(PlannedQueue queue) => promises.Queues.Of(queue).Any(static m => m is { Gone: false, Receives: > 1 });

    private Asked Of(Process process, PlannedQueue queue)
    {
        if (!_asked.TryGetValue((process, queue), out Asked? asked))
            _asked[(process, queue)] = asked = new Asked();
        return asked;
    }

    /// <summary>One queue, as one process asks it.</summary>
    private sealed class Asked
    {
        /// <summary>Since when a slot has been free, and the queue had messages; null where that is not so.</summary>
        public long? FreeSince { get; set; }

        public long RestsUntil { get; set; }

        /// <summary>Receives under way that will fail, or come late.</summary>
        public int Troubles { get; set; }

        /// <summary>The last one did.</summary>
        public bool Failed { get; set; }
    }
}
