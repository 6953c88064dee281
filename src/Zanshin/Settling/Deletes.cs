using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Settling;

/// <summary>The deletes of finished messages. Their leases are kept until they are confirmed.</summary>
internal sealed class Deletes(SqsQueue sqs, LeaseKeeper leases, Surroundings surroundings, QueueCounts counts, Trouble trouble, CancellationToken giveUp)
    : Batcher(new FlushSchedule(leases.Schedule.Visibility), surroundings, counts, trouble, giveUp)
{
    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(5);

    // The lease is kept meanwhile, so a delete may take longer than an extension.
    private readonly TimeSpan _callLimit = leases.Schedule.Visibility / 2 < LongestCall ? leases.Schedule.Visibility / 2 : LongestCall;

    // On a standard queue a late delete may still meet the message before another receiver does.
    protected override bool BestEffort => !sqs.Facts.Fifo;

    protected override bool Holds(Entry entry, out string handle) => leases.Holds(entry.Lease, out handle, out _);

    protected override Task SendAsync(List<(Entry Entry, string Handle)> batch, SqsFailure?[] failures) =>
        sqs.DeleteAsync(batch.ConvertAll(static b => b.Handle), failures, _callLimit);
}
