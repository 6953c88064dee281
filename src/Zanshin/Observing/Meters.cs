using System.Diagnostics.Metrics;

namespace Zanshin.Observing;

/// <summary>The meter <c>Zanshin</c>: read from the worker's status when somebody listens, at no cost to messages.</summary>
internal sealed class Meters : IDisposable
{
    private readonly Meter _meter = new("Zanshin");
    private readonly ZanshinWorker _worker;

    public Meters(ZanshinWorker worker)
    {
        _worker = worker;
        _meter.CreateObservableUpDownCounter("zanshin.slots.used", () => worker.GetStatus().SlotsUsed, "{slot}", "Handlers that run");
        _meter.CreateObservableUpDownCounter("zanshin.slots.lost", () => worker.GetStatus().SlotsLost, "{slot}", "Handlers that look stuck");
        _meter.CreateObservableUpDownCounter("zanshin.messages.waiting", () => worker.GetStatus().Waiting, "{message}", "Received, leased and not started");
        _meter.CreateObservableUpDownCounter("zanshin.messages.settling", () => worker.GetStatus().Settling, "{message}", "Run and not settled");
        _meter.CreateObservableUpDownCounter("zanshin.tasks.alive", () => worker.GetStatus().TasksAlive, "{task}", "Loops and runs begun and not ended");
        _meter.CreateObservableUpDownCounter("zanshin.leases.held", () => PerQueue(static q => ("held", q.LeasesHeld)), "{lease}");
        _meter.CreateObservableCounter("zanshin.leases", () => PerQueue(static q => ("extended", q.LeasesExtended), static q => ("lost", q.LeasesLost)), "{lease}");
        _meter.CreateObservableCounter("zanshin.messages", () => PerQueue(
            static q => ("received", q.Received), static q => ("done", q.Done), static q => ("retried", q.Retried), static q => ("rejected", q.Rejected),
            static q => ("returned", q.Returned), static q => ("redelivered", q.Redelivered), static q => ("unconfirmed", q.Unconfirmed)), "{message}");
        _meter.CreateObservableCounter("zanshin.requests", () => PerQueue(
            static q => ("receive", q.Receives), static q => ("delete", q.Deletes), static q => ("visibility", q.VisibilityChanges), static q => ("send", q.Sends),
            static q => ("repeated", q.RepeatedRequests), static q => ("empty_receive", q.EmptyReceives)), "{request}");
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<long>> PerQueue(params Func<QueueStatus, (string Kind, long Value)>[] values)
    {
        foreach (QueueStatus queue in _worker.GetStatus().Queues)
        {
            foreach (Func<QueueStatus, (string Kind, long Value)> value in values)
            {
                (string kind, long n) = value(queue);
                yield return new Measurement<long>(n, new("messaging.destination.name", queue.Name), new("kind", kind));
            }
        }
    }
}
