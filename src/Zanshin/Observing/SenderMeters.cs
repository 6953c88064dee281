using System.Diagnostics.Metrics;

namespace Zanshin.Observing;

/// <summary>What the sending side asks of SQS and what it costs: read from its counts when somebody asks.</summary>
internal static class SenderMeters
{
    /// <param name="price">Of a request, to a FIFO queue or another.</param>
    public static void Create(Meter meter, Func<IEnumerable<SentQueue>> queues, Func<bool, decimal> price)
    {
        meter.CreateObservableCounter("zanshin.sender.requests", () => queues().Select(static q => Of(q, q.Requests)), "{request}", "Requests that sent messages, repeated ones included");
        meter.CreateObservableCounter("zanshin.sender.requests.billed", () => queues().Select(static q => Of(q, q.Billed)), "{request}", "These as SQS bills them: by 64 KiB of payload");
        meter.CreateObservableCounter("zanshin.sender.cost", () => queues().Select(q => Of(q, (double)(q.Billed * price(q.Fifo)))), "{USD}", "Price of these");
    }

    private static Measurement<T> Of<T>(SentQueue queue, T value)
        where T : struct => new(value, new KeyValuePair<string, object?>("messaging.destination.name", queue.Name));
}
