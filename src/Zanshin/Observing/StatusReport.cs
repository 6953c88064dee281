using Zanshin.Dispatching;
using Zanshin.Hosting;

namespace Zanshin.Observing;

internal static class StatusReport
{
    private static readonly TimeSpan Unhealthy = TimeSpan.FromMinutes(1);

    /// <summary>A loop that is called comes at once, where the thread pool lets it.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(15);

    public static GroupStatus Of(GroupWorker group)
    {
        (int slots, int lost, int running, int waiting, int settling, bool broken) = group.Dispatcher.Snapshot();
        return new GroupStatus
        {
            Name = group.Name,
            Concurrency = group.Dispatcher.Concurrency,
            SlotsUsed = slots,
            SlotsLost = lost,
            Running = running,
            Waiting = waiting,
            Settling = settling,
            Queues = group.Dispatcher.Queues(),
            Sound = !broken,
            Busy = group.Dispatcher.BusyUntilNow,
        };
    }

    public static QueueStatus Of(QueueWorker queue, PoolWatch pool)
    {
        Dispatcher dispatcher = queue.Group.Dispatcher;
        (int slots, int lost, int allowed, bool failing, int running, int waiting, int settling, TimeSpan lastStart) = dispatcher.Snapshot(queue.Line);
        QueueCounts counts = queue.Counts;
        long billed = counts[Count.Receives] + counts[Count.Deletes] + counts[Count.VisibilityChanges] + counts[Count.Sends] + counts[Count.AttributeReads] + counts[Count.ExtraBilled];
        Trouble receiving = queue.Receiver.Trouble;
        // Of a queue that is not asked, because no slot is free, nothing better is known; of other calls there may be none to make.
        TimeSpan standstill = queue.Receiver.StandsStillFor;
        string? trouble = receiving.Standing
            ?? (standstill >= Late ? $"it has not been asked for {standstill.TotalSeconds:0} s, although there is room: {pool.Trouble(queue.Receiver.Overdue) ?? "its receive loop stands still"}" : null)
            ?? queue.Troubles.Select(static t => t.Recent).FirstOrDefault(static t => t is not null)
            ?? (lost > 0 ? $"{lost} of {dispatcher.Concurrency} slots are lost to handlers that look stuck" : null)
            ?? pool.Trouble()
            ?? (failing ? $"its handlers keep failing: {allowed} of {dispatcher.Concurrency} slots until they succeed" : null);
        return new QueueStatus
        {
            Name = queue.Name,
            Group = queue.Group.Name,
            Weight = queue.Line.Weight,
            Paused = queue.Paused,
            SlotsUsed = slots,
            SlotsLost = lost,
            SlotsAllowed = allowed,
            Running = running,
            Waiting = waiting,
            Settling = settling,
            OpenReceives = queue.Receiver.OpenReceives,
            LeasesHeld = queue.Leases.Held,
            Received = counts[Count.Received],
            Done = counts[Count.Done],
            Retried = counts[Count.Retried],
            Rejected = counts[Count.Rejected],
            DeadLettered = counts[Count.Copied] + counts[Count.LeftToRedrive],
            DeadLetteredBySqs = counts[Count.LeftToRedrive],
            Returned = counts[Count.Returned],
            FailedRuns = counts[Count.FailedRuns],
            Redelivered = counts[Count.Redelivered],
            Unconfirmed = counts[Count.Unconfirmed],
            LeasesExtended = counts[Count.LeasesExtended],
            LeasesLost = counts[Count.LeasesLost],
            TimeLimits = counts[Count.TimeLimits],
            Receives = counts[Count.Receives],
            EmptyReceives = counts[Count.EmptyReceives],
            Deletes = counts[Count.Deletes],
            VisibilityChanges = counts[Count.VisibilityChanges],
            Sends = counts[Count.Sends],
            AttributeReads = counts[Count.AttributeReads],
            BilledRequests = billed,
            Cost = billed * queue.PricePerRequest,
            Backlog = queue.Backlog?.Look(lastStart, queue.Line.Surroundings.Now),
            RepeatedRequests = counts[Count.RepeatedRequests],
            Health = trouble is null ? QueueHealth.Healthy
                : receiving.TriedFor < Unhealthy && standstill < Unhealthy ? QueueHealth.Degraded
                : QueueHealth.Unhealthy,
            Trouble = trouble,
            SinceLastPoll = receiving.SinceGood,
            FailingFor = receiving.TriedFor,
            StandsStillFor = standstill,
        };
    }
}
