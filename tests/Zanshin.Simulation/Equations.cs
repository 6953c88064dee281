namespace Zanshin.Simulation;

/// <summary>What a worker says of its slots, messages and leases, against its plan and against what is.</summary>
internal sealed class Equations(Plan plan, Promises promises)
{
    /// <summary>At every moment.</summary>
    public void Hold(Process process, WorkerStatus status)
    {
        if (!status.Sound)
            promises.Broken($"{process.Name} says itself that its equations do not hold");
        int c = plan.Concurrency, batch = plan.Queues.Max(static q => q.Batch), ahead = c + 160;
        foreach (GroupStatus group in status.Groups)
        {
            if (group.SlotsUsed > c)
                promises.Broken($"{process.Name} has {group.SlotsUsed} runs on {c} slots of group {group.Name}");
            // Beyond the permits only what comes to room that was lent: up to ten of each of a queue's sixteen receives.
            if (group.Running + group.Waiting > batch * (c + ahead) + plan.Queues.Sum(q => Held(plan, q) + 160))
                promises.Broken($"{process.Name} holds {group.Running} running and {group.Waiting} waiting messages in group {group.Name}, over its permits");
        }
        if (status.SlotsUsed > (plan.MaxConcurrency ?? int.MaxValue))
            promises.Broken($"{process.Name} has {status.SlotsUsed} runs in all, of {plan.MaxConcurrency}");
        foreach (QueueStatus queue in status.Queues)
        {
            PlannedQueue planned = Planned(queue);
            if (plan.Resizes == 0 && queue.SlotsUsed > (planned.Limit ?? int.MaxValue))
                promises.Broken($"{process.Name} has {queue.SlotsUsed} runs of {queue.Name}, of {planned.Limit}");
            if (queue.Running < queue.SlotsUsed || queue.Running > queue.SlotsUsed * planned.Batch)
                promises.Broken($"{process.Name} has {queue.Running} messages of {queue.Name} in {queue.SlotsUsed} runs of at most {planned.Batch}");
            if (queue.Running + queue.Settling > Unsettled(plan, planned))
                promises.Broken($"{process.Name} has {queue.Running} running and {queue.Settling} unsettled messages of {queue.Name}, of {Unsettled(plan, planned)}");
            // Those of a FIFO queue, and what came again to be run apart, may also be on their way back, which the status does not count.
            if (!planned.Fifo && !process.IsStopping && queue.Redelivered == 0 && queue.LeasesHeld > queue.Running + queue.Waiting + queue.Settling)
                promises.Broken($"{process.Name} holds {queue.LeasesHeld} leases of {queue.Name} for {queue.Running + queue.Waiting + queue.Settling} messages");
        }
    }

    /// <summary>When nothing is left to run at this moment: its runs are the handlers that are inside, and their messages.</summary>
    public void AreKnown(Process process)
    {
        foreach (QueueStatus queue in process.Worker.GetStatus().Queues)
        {
            PlannedQueue planned = Planned(queue);
            List<Inside> inside = [.. promises.InsideOf(process.Name).Where(i => i.Message.Queue == planned)];
            int runs = inside.DistinctBy(static i => i.Run).Count();
            // A FIFO message that came again has its slot while its earlier delivery is settled, and its batch with it.
            if (planned.Fifo || process.Asking > 0 ? queue.SlotsUsed < runs : queue.SlotsUsed != runs)
                promises.Broken($"{process.Name} counts {queue.SlotsUsed} runs of {queue.Name}, and {runs} handlers are inside");
            if (queue.Running < inside.Count || (queue.SlotsUsed == runs && queue.Running > inside.Count + DoneBefore(planned)))
                promises.Broken($"{process.Name} counts {queue.Running} messages of {queue.Name} in its runs, and {inside.Count} messages are inside");
        }
    }

    public static int Unsettled(Plan plan, PlannedQueue queue) => 2 * plan.Concurrency * queue.Batch + 20;

    /// <summary>Of a FIFO group one message can run: the others of its receive are held for it.</summary>
    public static int Held(Plan plan, PlannedQueue queue) => Math.Max(Unsettled(plan, queue), queue.Fifo ? 9 * plan.Concurrency : 0);

    // What came again because its delete was not confirmed is in a batch, and its handler does not see it.
    private int DoneBefore(PlannedQueue queue) => queue.Batch == 1 ? 0 : promises.Queues.Of(queue).Count(static m => m is { MayBeDeleted: true, Receives: > 1 });

    private PlannedQueue Planned(QueueStatus queue) => plan.Queues.First(q => q.Name == queue.Name);
}
