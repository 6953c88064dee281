using System.Diagnostics.Metrics;

namespace Zanshin.Observing;

/// <summary>
/// What is read from the worker's status when somebody asks, at no cost to messages. A collection asks every instrument once: the
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

    /// <param name="now">The worker's clock.</param>
    public Meters(ZanshinWorker worker, Instruments instruments, TimeProvider time, Func<TimeSpan> now)
    {
        (_worker, _create, _time) = (worker, instruments, time);
        Meter meter = instruments.Meter;

        // The worker
        Worker<long>(meter.CreateObservableUpDownCounter, "zanshin.slots.limit", "{slot}", "Slots in all", static w => w.Concurrency);
        Worker<long>(meter.CreateObservableUpDownCounter, "zanshin.slots.used", "{slot}", "Slots that handlers take", static w => w.SlotsUsed);
        Worker<long>(meter.CreateObservableUpDownCounter, "zanshin.slots.lost", "{slot}", "Of these: by handlers that look stuck", static w => w.SlotsLost);
        Worker<double>(meter.CreateObservableGauge, "zanshin.slots.utilization", "1", "Slots used, of all, at this moment", static w => (double)w.SlotsUsed / w.Concurrency);
        instruments.SlotsBusy = instruments.Create(() => meter.CreateObservableCounter("zanshin.slots.busy", () => instruments.Busy.Until(now()).TotalSeconds, "s", "Time that slots were used, summed over all slots"));
        Worker<long>(meter.CreateObservableUpDownCounter, "zanshin.tasks.alive", "{task}", "Loops and runs begun and not ended", static w => w.TasksAlive);

        // Messages here
        Queue<long>(meter.CreateObservableUpDownCounter, "zanshin.messages.running", "{message}", "In handlers", static q => q.Running);
        Queue<long>(meter.CreateObservableUpDownCounter, "zanshin.messages.waiting", "{message}", "Received, leased and not started", static q => q.Waiting);
        Queue<long>(meter.CreateObservableUpDownCounter, "zanshin.messages.settling", "{message}", "Run and not settled", static q => q.Settling);
        Queue<long>(meter.CreateObservableUpDownCounter, "zanshin.leases.held", "{lease}", "Leases held", static q => q.LeasesHeld);

        // Messages and leases since the start
        Each<long>(meter.CreateObservableCounter, "messaging.client.consumed.messages", "{message}", "Messages received",
            static q => [new(q.Received, new("messaging.system", "aws_sqs"), new("messaging.operation.name", "receive"), Tag(q))]);
        Queue<long>(meter.CreateObservableCounter, "zanshin.messages.redelivered", "{message}", "Of the received: with a receive count over 1", static q => q.Redelivered);
        Each<long>(meter.CreateObservableCounter, "zanshin.messages.outcomes", "{message}", "What became of messages", static q =>
            [Kind(q, "zanshin.outcome", "done", q.Done), Kind(q, "zanshin.outcome", "retried", q.Retried), Kind(q, "zanshin.outcome", "rejected", q.Rejected), Kind(q, "zanshin.outcome", "returned", q.Returned)]);
        Queue<long>(meter.CreateObservableCounter, "zanshin.messages.unconfirmed", "{message}", "Done or rejected, but the lease was lost before the delete was confirmed", static q => q.Unconfirmed);
        Queue<long>(meter.CreateObservableCounter, "zanshin.runs.failed", "{run}", "Runs that ended with an exception", static q => q.FailedRuns);
        Queue<long>(meter.CreateObservableCounter, "zanshin.runs.over_time", "{run}", "Runs cancelled at their time limit", static q => q.TimeLimits);
        Queue<long>(meter.CreateObservableCounter, "zanshin.leases.extended", "{lease}", "Extensions that were confirmed", static q => q.LeasesExtended);
        Queue<long>(meter.CreateObservableCounter, "zanshin.leases.lost", "{lease}", "Leases lost", static q => q.LeasesLost);

        // Requests
        Each<long>(meter.CreateObservableCounter, "zanshin.requests", "{request}", "Requests to SQS", static q =>
            [Kind(q, "zanshin.request", "receive", q.Receives), Kind(q, "zanshin.request", "delete", q.Deletes), Kind(q, "zanshin.request", "change_visibility", q.VisibilityChanges), Kind(q, "zanshin.request", "send", q.Sends)]);
        Queue<long>(meter.CreateObservableCounter, "zanshin.requests.repeated", "{request}", "Of these: repeated after a failure", static q => q.RepeatedRequests);
        Queue<long>(meter.CreateObservableCounter, "zanshin.receives.empty", "{request}", "Receives that brought nothing", static q => q.EmptyReceives);
        Queue<long>(meter.CreateObservableCounter, "zanshin.requests.billed", "{request}", "Requests as SQS bills them: by 64 KiB of payload", static q => q.BilledRequests);
        Queue<double>(meter.CreateObservableCounter, "zanshin.cost", "{USD}", "Price of the billed requests", static q => (double)q.Cost);
        Queue<double>(meter.CreateObservableGauge, "zanshin.message.requests", "{request}", "Requests for each message done or rejected, since the start", static q => q.RequestsPerMessage);
        Queue<double>(meter.CreateObservableGauge, "zanshin.message.cost", "{USD}", "Price of the requests for each message done or rejected, since the start", static q => (double)q.CostPerMessage);

        // Health
        Queue<long>(meter.CreateObservableGauge, "zanshin.health", "{status}", "0 healthy, 1 degraded, 2 unhealthy", static q => (long)q.Health);
        Queue<double>(meter.CreateObservableGauge, "zanshin.poll.age", "s", "Since a receive was last answered", static q => q.SinceLastPoll.TotalSeconds);
        Queue<double>(meter.CreateObservableGauge, "zanshin.poll.standstill", "s", "For how long a queue has not been asked although it could be", static q => q.StandsStillFor.TotalSeconds);
    }

    private delegate Instrument Create<T>(string name, Func<IEnumerable<Measurement<T>>> read, string? unit, string? description)
        where T : struct;

    private void Worker<T>(Create<T> create, string name, string unit, string description, Func<WorkerStatus, T> value)
        where T : struct
    {
        int instrument = _instruments++;
        _create.Create(() => create(name, () => [new Measurement<T>(value(Look(instrument)))], unit, description));
    }

    private void Queue<T>(Create<T> create, string name, string unit, string description, Func<QueueStatus, T> value)
        where T : struct => Each(create, name, unit, description, q => [new(value(q), Tag(q))]);

    private void Each<T>(Create<T> create, string name, string unit, string description, Func<QueueStatus, Measurement<T>[]> values)
        where T : struct
    {
        int instrument = _instruments++;
        _create.Create(() => create(name, () => Look(instrument).Queues.SelectMany(values), unit, description));
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
