using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Settling;

/// <summary>The visibility changes of messages that go back: retries, and what a stop gives back. Their leases are not extended any more.</summary>
internal sealed class Returns(SqsQueue sqs, LeaseKeeper leases, Surroundings surroundings, QueueCounts counts, Trouble trouble, CancellationToken giveUp)
    : Batcher(new FlushSchedule(leases.Schedule.Visibility), surroundings, counts, trouble, giveUp)
{
    // Once the lease is over the message is visible by itself, and maybe another's.
    protected override bool BestEffort => false;

    protected override bool Holds(Entry entry, out string handle) => leases.Holds(entry.Lease, out handle, out _);

    protected override Task SendAsync(List<(Entry Entry, string Handle)> batch, SqsFailure?[] failures)
    {
        TimeSpan now = Surroundings.Now;
        return sqs.ChangeVisibilityAsync(
            batch.ConvertAll(b => new VisibilityChange(b.Handle, LeaseSchedule.Seconds(b.Entry.After, b.Entry.Lease.Received, now))),
            failures,
            leases.Schedule.CallLimit);
    }
}
