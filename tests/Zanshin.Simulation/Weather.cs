using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>What becomes of calls: single faults, outages, and a queue that is broken throughout.</summary>
internal sealed class Weather(Plan plan, VirtualTime time, Promises promises, EventLog log, Sabotage sabotage)
{
    private readonly long _start = time.GetTimestamp();
    private readonly List<Outage> _outages = [.. plan.Outages];
    private int _extensions;

    /// <summary>Faults are put in while this is so; after it everything works.</summary>
    public bool Storm { get; set; } = true;

    private TimeSpan Now => TimeSpan.FromTicks(time.GetTimestamp() - _start);

    /// <summary>Whether the trouble of a queue has a cause that the plan knows, or had one in the last minutes.</summary>
    public bool Disturbs(PlannedQueue queue) =>
        Storm && (plan.FaultsPer1000 > 250 || queue == plan.Broken || _outages.Exists(o => o.Hits(Now, queue.Index)));

    public Fate Draw(Process process, string action, string queueName, Random dice)
    {
        if (promises.IsDead(process.Name))
            return Fate.Dead;
        int queue = plan.Queues.FirstOrDefault(q => q.Name == queueName)?.Index ?? -1;
        if (sabotage == Sabotage.HangsUntold && action == "ReceiveMessage" && queue == 0)
            return Fate.Hangs;
        if (!Storm)
            return Fate.Works;
        if (action == "ChangeMessageVisibilityBatch" && ++_extensions == plan.OutageAtExtension)
            Begin(queue, dice);
        foreach (Outage outage in _outages)
        {
            if (outage.Hits(Now, queue))
                return outage.By;
        }
        // The queue was there when the worker began.
        bool starts = action is "GetQueueUrl" or "GetQueueAttributes";
        if (plan.Broken is { } broken && broken.Index == queue && !starts)
            return plan.BrokenBy;
        return dice.Next(1000) >= plan.FaultsPer1000 ? Fate.Works : OneOf(action, dice);
    }

    // Of a length that ends just before or just after something is due.
    private void Begin(int queue, Random dice)
    {
        TimeSpan visibility = plan.Queues[Math.Max(queue, 0)].Visibility;
        TimeSpan lasts = visibility * plan.OutageOfLease;
        var outage = new Outage(Now, lasts < TimeSpan.FromMinutes(15) ? lasts : TimeSpan.FromMinutes(15), dice.Pick(Fate.LostBefore, Fate.LostAfter, Fate.Hangs, Fate.Throttled, Fate.NoName));
        log.Add($"outage: {outage}");
        _outages.Add(outage);
    }

    private Fate OneOf(string action, Random dice)
    {
        bool batch = action.EndsWith("Batch", StringComparison.Ordinal), handles = batch && action != "SendMessageBatch", receive = action == "ReceiveMessage";
        return dice.Next(24) switch
        {
            0 or 1 => Fate.LostBefore,
            2 or 3 => Fate.LostAfter,
            4 => Fate.ServerError,
            5 => Fate.Throttled,
            6 => Fate.Malformed,
            7 => Fate.MalformedAfter,
            8 => Fate.Empty,
            9 or 10 => Fate.Hangs,
            11 or 12 => Fate.Late,
            // Without a date nobody can know of it.
            13 => receive && !plan.TellsTime ? Fate.Late : Fate.SlowAnswer,
            14 => Fate.Credentials,
            15 => Fate.NoName,
            16 => Fate.Cancelled,
            17 => handles ? Fate.Refused : Fate.LostAfter,
            18 or 19 => batch ? Fate.Partial : Fate.LostAfter,
            20 => handles ? Fate.PartlyRefused : Fate.Throttled,
            21 => receive ? Fate.Nameless : Fate.LostBefore,
            _ => receive && plan.Duplicates ? Fate.Twice : Fate.LostBefore,
        };
    }
}
