using System.Diagnostics.Metrics;

namespace Zanshin.Observing;

/// <summary>
/// The instruments that are read from the worker's status when somebody asks, at no cost to messages. A collection asks every instrument once: the
/// first of them takes the status, the others read the same. Thread-safe.
/// </summary>
internal sealed class Meters
{
    /// <summary>A status is never read that is older.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(1);

    private readonly ZanshinWorker _worker;
    private readonly Instruments _create;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new(); // guards the look
    private WorkerStatus? _look;
    private long _taken;
    private ulong _readBy;
    private int _instruments;

    // Each description names its subject: where it is shown, by Prometheus for one, the other metrics are not beside it.
    public Meters(ZanshinWorker worker, Instruments instruments, TimeProvider time)
    {
        (_worker, _create, _time) = (worker, instruments, time);
        Meter meter = instruments.Meter;

        // The worker and its groups
        Worker<long>(meter.CreateObservableUpDownCounter, "zanshin.worker.slots", "{slot}", "Slots of the worker: those of its groups, or MaxConcurrency where that is less", static w => [new(w.Concurrency)]);
        Group<long>(meter.CreateObservableUpDownCounter, "zanshin.slots.limit", "{slot}", "Slots of the group", static (_, g) => g.Concurrency);
        Group<long>(meter.CreateObservableUpDownCounter, "zanshin.slots.used", "{slot}", "Slots of the group that handlers take", static (_, g) => g.SlotsUsed);
        Group<long>(meter.CreateObservableUpDownCounter, "zanshin.slots.lost", "{slot}", "Slots of the group that are lost to handlers that look stuck", static (_, g) => g.SlotsLost);
        Group<double>(meter.CreateObservableGauge, "zanshin.slots.utilization", "1", "Slots used at this moment, divided by the slots that the group could use: 1 when none is free", Utilization);
        instruments.SlotsBusy = Group<double>(meter.CreateObservableCounter, "zanshin.slots.busy", "s", "Time that slots of the group were used, summed over its slots", static (_, g) => g.Busy.TotalSeconds);
        Worker<long>(meter.CreateObservableUpDownCounter, "zanshin.tasks.alive", "{task}", "Loops and runs of the worker that have begun and not ended", static w => [new(w.TasksAlive)]);

        // Messages here
        Queue<long>(meter.CreateObservableUpDownCounter, "zanshin.messages.running", "{message}", "Messages that handlers run on", static q => q.Running);
        Queue<long>(meter.CreateObservableUpDownCounter, "zanshin.messages.waiting", "{message}", "Messages received, leased and not started", static q => q.Waiting);
        Queue<long>(meter.CreateObservableUpDownCounter, "zanshin.messages.settling", "{message}", "Messages that were run and are not settled", static q => q.Settling);
        _create.Create(() => meter.CreateObservableGauge("zanshin.messages.oldest", () => _worker.OldestHere().Select(static o => SenderMeters.Of(o.Queue, o.Age.TotalSeconds)), "s", "Age, since it was sent, of the oldest message that this worker holds"));
        Queue<long>(meter.CreateObservableUpDownCounter, "zanshin.leases.held", "{lease}", "Leases held", static q => q.LeasesHeld);

        // Messages and leases since the start
        Each<long>(meter.CreateObservableCounter, "messaging.client.consumed.messages", "{message}", "Messages received",
            static (_, q) => [new(q.Received, new("messaging.system", "aws_sqs"), new("messaging.operation.name", "receive"), Tag(q))]);
        Queue<long>(meter.CreateObservableCounter, "zanshin.messages.redelivered", "{message}", "Messages received with a receive count over 1", static q => q.Redelivered);
        Each<long>(meter.CreateObservableCounter, "zanshin.messages.outcomes", "{message}", "Messages that were run, by what became of them", static (_, q) =>
            [Kind(q, "zanshin.outcome", "done", q.Done), Kind(q, "zanshin.outcome", "retried", q.Retried), Kind(q, "zanshin.outcome", "rejected", q.Rejected), Kind(q, "zanshin.outcome", "returned", q.Returned), Kind(q, "zanshin.outcome", "dead_lettered", q.DeadLetteredBySqs)]);
        Each<long>(meter.CreateObservableCounter, "zanshin.messages.dead_lettered", "{message}", "Messages that went to the dead-letter queue: copied by the worker with the reason, or moved by SQS after their last receive", static (_, q) =>
            [Kind(q, "zanshin.dead_letter.by", "worker", q.DeadLettered - q.DeadLetteredBySqs), Kind(q, "zanshin.dead_letter.by", "sqs", q.DeadLetteredBySqs)]);
        Queue<long>(meter.CreateObservableCounter, "zanshin.messages.unconfirmed", "{message}", "Messages done or rejected whose delete was not confirmed", static q => q.Unconfirmed);
        Queue<long>(meter.CreateObservableCounter, "zanshin.runs.failed", "{run}", "Runs that ended with an exception", static q => q.FailedRuns);
        Queue<long>(meter.CreateObservableCounter, "zanshin.runs.over_time", "{run}", "Runs cancelled at their time limit", static q => q.TimeLimits);
        Queue<long>(meter.CreateObservableCounter, "zanshin.leases.extended", "{lease}", "Extensions of leases that were confirmed", static q => q.LeasesExtended);
        Queue<long>(meter.CreateObservableCounter, "zanshin.leases.lost", "{lease}", "Leases lost: their messages may run twice", static q => q.LeasesLost);

        // Requests
        Each<long>(meter.CreateObservableCounter, "zanshin.requests", "{request}", "Requests of the worker to SQS", static (_, q) =>
            [Kind(q, "zanshin.request", "receive", q.Receives), Kind(q, "zanshin.request", "delete", q.Deletes), Kind(q, "zanshin.request", "change_visibility", q.VisibilityChanges), Kind(q, "zanshin.request", "send", q.Sends), Kind(q, "zanshin.request", "get_attributes", q.AttributeReads)]);
        Queue<long>(meter.CreateObservableCounter, "zanshin.requests.repeated", "{request}", "Requests that the worker repeated after a failure", static q => q.RepeatedRequests);
        Queue<long>(meter.CreateObservableCounter, "zanshin.receives.empty", "{request}", "Receives that brought nothing", static q => q.EmptyReceives);
        Queue<long>(meter.CreateObservableCounter, "zanshin.requests.billed", "{request}", "Requests of the worker as SQS bills them: by 64 KiB of payload", static q => q.BilledRequests);
        Queue<double>(meter.CreateObservableCounter, "zanshin.cost", "{USD}", "Price of the worker's requests", static q => (double)q.Cost);
        Queue<double>(meter.CreateObservableGauge, "zanshin.message.requests", "{request}", "Requests for each message done or rejected, since the start", static q => q.RequestsPerMessage);
        Queue<double>(meter.CreateObservableGauge, "zanshin.message.cost", "{USD}", "Price of the requests for each message done or rejected, since the start", static q => (double)q.CostPerMessage);

        // Queues
        Each<long>(meter.CreateObservableGauge, "zanshin.queue.paused", "{status}", "1 while the queue is paused or the worker quiet, else 0", static (w, q) => [new(q.Paused || w.State == WorkerState.Quiet ? 1 : 0, Tag(q))]);
        Each<long>(meter.CreateObservableGauge, "zanshin.queue.messages", "{message}", "Messages of the queue at SQS, as it counts them", static (_, q) => q.Backlog is not { } backlog ? [] :
            [Kind(q, "zanshin.state", "visible", backlog.Visible), Kind(q, "zanshin.state", "in_flight", backlog.InFlight), Kind(q, "zanshin.state", "delayed", backlog.Delayed)]);
        Each<long>(meter.CreateObservableGauge, "zanshin.queue.dead_letters", "{message}", "Messages in the queue's dead-letter queue", static (_, q) => q.Backlog is { DeadLetters: { } dead } ? [new(dead, Tag(q))] : []);
        Each<double>(meter.CreateObservableGauge, "zanshin.queue.stalled", "s", "Time that the queue has had visible messages at SQS while this worker started none", static (_, q) => q.Backlog is { } backlog ? [new(backlog.StalledFor.TotalSeconds, Tag(q))] : []);

        // Health
        Queue<long>(meter.CreateObservableGauge, "zanshin.health", "{status}", "Health of the queue: 0 healthy, 1 degraded, 2 unhealthy", static q => (long)q.Health);
        Queue<double>(meter.CreateObservableGauge, "zanshin.poll.age", "s", "Time since a receive was last answered", static q => q.SinceLastPoll.TotalSeconds);
        Queue<double>(meter.CreateObservableGauge, "zanshin.poll.standstill", "s", "Time that the queue has not been asked although it could be", static q => q.StandsStillFor.TotalSeconds);
    }

    private delegate Instrument Create<T>(string name, Func<IEnumerable<Measurement<T>>> read, string? unit, string? description)
        where T : struct;

    private Instrument? Worker<T>(Create<T> create, string name, string unit, string description, Func<WorkerStatus, IEnumerable<Measurement<T>>> values)
        where T : struct
    {
        int instrument = _instruments++;
        return _create.Create(() => create(name, () => values(Look(instrument)), unit, description));
    }

    private Instrument? Group<T>(Create<T> create, string name, string unit, string description, Func<WorkerStatus, GroupStatus, T> value)
        where T : struct => Worker<T>(create, name, unit, description, w => w.Groups.Select(g => new Measurement<T>(value(w, g), new KeyValuePair<string, object?>("zanshin.group", g.Name))));

    private void Queue<T>(Create<T> create, string name, string unit, string description, Func<QueueStatus, T> value)
        where T : struct => Each<T>(create, name, unit, description, (_, q) => [new(value(q), Tag(q))]);

    private void Each<T>(Create<T> create, string name, string unit, string description, Func<WorkerStatus, QueueStatus, Measurement<T>[]> values)
        where T : struct => Worker<T>(create, name, unit, description, w => w.Queues.SelectMany(q => values(w, q)));

    // What the limit over all groups leaves to others is not free for this one.
    private static double Utilization(WorkerStatus worker, GroupStatus group)
    {
        int free = Math.Max(0, Math.Min(group.Concurrency - group.SlotsUsed, worker.Concurrency - worker.SlotsUsed));
        return free == 0 ? 1 : (double)group.SlotsUsed / (group.SlotsUsed + free);
    }

    private static KeyValuePair<string, object?> Tag(QueueStatus queue) => new("messaging.destination.name", queue.Name);

    private static Measurement<long> Kind(QueueStatus queue, string tag, string kind, long value) => new(value, Tag(queue), new(tag, kind));

    // An instrument that asks again begins another collection.
    private WorkerStatus Look(int instrument)
    {
        ulong bit = 1UL << instrument;
        lock (_lock)
        {
            if (_look is null || (_readBy & bit) != 0 || _time.GetElapsedTime(_taken) > Stale)
                (_look, _taken, _readBy) = (_worker.GetStatus(), _time.GetTimestamp(), 0);
            _readBy |= bit;
            return _look;
        }
    }
}
