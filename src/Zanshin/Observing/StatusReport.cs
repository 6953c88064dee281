using Zanshin.Dispatching;
using Zanshin.Hosting;

namespace Zanshin.Observing;

internal static class StatusReport
{
    public static QueueStatus Of(QueueWorker queue, Dispatcher dispatcher)
    {
        (int running, int waiting, int settling) = dispatcher.Snapshot(queue.Line);
        QueueCounts counts = queue.Counts;
        return new QueueStatus
        {
            Name = queue.Name,
            Running = running,
            Waiting = waiting,
            Settling = settling,
            LeasesHeld = queue.Leases.Held,
            Received = counts[Count.Received],
            Done = counts[Count.Done],
            Retried = counts[Count.Retried],
            Rejected = counts[Count.Rejected],
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
            RepeatedRequests = counts[Count.RepeatedRequests],
            Trouble = queue.Receiver.Trouble.Last?.Reason,
            SinceLastPoll = queue.Receiver.Trouble.SinceGood,
        };
    }
}
