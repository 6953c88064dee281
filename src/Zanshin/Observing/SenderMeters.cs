using System.Diagnostics.Metrics;
using System.Numerics;

namespace Zanshin.Observing;

/// <summary>
/// What the sending side asks of SQS and what it costs: read from its counts when somebody asks. Queues of one name, in several accounts or regions,
/// have the same tags: they are one sum.
/// </summary>
internal static class SenderMeters
{
    /// <param name="price">Of a request, to a FIFO queue or another.</param>
    public static void Create(Instruments instruments, Func<IEnumerable<SentQueue>> queues, Func<bool, decimal> price)
    {
        Meter meter = instruments.Meter;
        instruments.Create(() => meter.CreateObservableCounter("zanshin.sender.requests", () => ByName(queues(), static q => q.Requests), "{request}", "Requests that sent messages, repeated ones included"));
        instruments.Create(() => meter.CreateObservableCounter("zanshin.sender.requests.billed", () => ByName(queues(), static q => q.Billed), "{request}", "Requests that sent messages, as SQS bills them: by 64 KiB of payload"));
        instruments.Create(() => meter.CreateObservableCounter("zanshin.sender.cost", () => ByName(queues(), q => (double)(q.Billed * price(q.Fifo))), "{USD}", "Price of the requests that sent messages"));
    }

    public static Measurement<T> Of<T>(string queue, T value)
        where T : struct => new(value, new KeyValuePair<string, object?>("messaging.destination.name", queue));

    private static IEnumerable<Measurement<T>> ByName<T>(IEnumerable<SentQueue> queues, Func<SentQueue, T> value)
        where T : struct, INumber<T> => queues.GroupBy(static q => q.Name).Select(q => Of(q.Key, q.Aggregate(T.Zero, (sum, q) => sum + value(q))));
}
