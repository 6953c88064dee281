using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Zanshin.Observing;

/// <summary>
/// The meter <c>Zanshin</c>, and the instruments that are written when something happens; those that are read from the status are
/// <see cref="Meters"/>. Whoever writes asks first whether anybody listens: a read of a field, and nothing else is spent where nobody does.
/// Listeners are the application's and may throw: what they throw is logged, and nothing is written under a lock. Thread-safe.
/// </summary>
internal sealed class Instruments : IDisposable
{
    /// <summary>Bounds of the semantic conventions; then those of long polls, of calls that hang, and of handlers that take an hour.</summary>
    private static readonly double[] Requests = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 15, 20, 25, 35];
    private static readonly double[] Runs = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120, 300, 600, 1800, 3600];

    // Its instruments are told to no listener, and nothing of them is heard.
    private static readonly Meter s_unheard = Disposed();

    private readonly Meter? _own;
    private readonly SafeLogger _logger;

    /// <param name="factory">The application's, which then owns the meter; null for a meter of our own.</param>
    public Instruments(IMeterFactory? factory, ILogger logger)
    {
        _logger = new SafeLogger(logger);
        Meter = factory?.Create("Zanshin") ?? (_own = new Meter("Zanshin"));
        OperationDuration = Histogram("messaging.client.operation.duration", "s", "Duration of requests to SQS; a receive waits up to 20 s for messages", Requests);
        SentMessages = Kept(static meter => meter.CreateCounter<long>("messaging.client.sent.messages", "{message}", "Messages that requests tried to send"));
        ProcessDuration = Histogram("messaging.process.duration", "s", "Duration of handler runs, their middleware included", Runs);
        Age = Histogram("zanshin.message.age", "s", "Age of messages, since they were sent, at the start of a run",
            [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400, 345_600]);
        Attempts = Kept(static meter => meter.CreateHistogram("zanshin.message.attempts", "{attempt}", "Attempts that messages took until they were done or rejected", null,
            new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 3, 4, 5, 10, 20, 50, 100] }));
        LeaseLeft = Histogram("zanshin.lease.left", "s", "Time that was left of leases when their extensions were confirmed",
            [0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600, 14_400]);
    }

    public Meter Meter { get; }

    public Histogram<double> OperationDuration { get; }

    public Counter<long> SentMessages { get; }

    public Histogram<double> ProcessDuration { get; }

    public Histogram<double> Age { get; }

    public Histogram<int> Attempts { get; }

    public Histogram<double> LeaseLeft { get; }

    /// <summary>The instrument that reads the dispatchers' <see cref="BusyTime"/>, which is kept while somebody listens to it; null before the worker's start.</summary>
    public Instrument? SlotsBusy { get; set; }

    /// <summary>Whether anybody wants to hear of runs.</summary>
    public bool HearsRuns => ProcessDuration.Enabled || Age.Enabled || Attempts.Enabled || SlotsBusy is { Enabled: true };

    /// <summary>Creates an instrument. Whoever listens to meters is told of it now, and may throw: null then, and the rest goes on.</summary>
    public T? Create<T>(Func<T> create)
        where T : Instrument
    {
        try
        {
            return create();
        }
        catch (Exception exception)
        {
            _logger.InstrumentFailed(exception);
            return null;
        }
    }

    public void Record<T>(Histogram<T> histogram, T value, string queue, in TagList tags)
        where T : struct
    {
        try
        {
            histogram.Record(value, tags);
        }
        catch (Exception exception)
        {
            ListenerFailed(exception, queue);
        }
    }

    public void Add(Counter<long> counter, long value, string queue, in TagList tags)
    {
        try
        {
            counter.Add(value, tags);
        }
        catch (Exception exception)
        {
            ListenerFailed(exception, queue);
        }
    }

    public void ListenerFailed(Exception exception, string queue) => _logger.ListenerFailed(exception, queue);

    public void Dispose() => _own?.Dispose();

    private Histogram<double> Histogram(string name, string unit, string description, double[] boundaries) =>
        Kept(meter => meter.CreateHistogram(name, unit, description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries }));

    // For those that are written to: there is one in any case.
    private T Kept<T>(Func<Meter, T> create)
        where T : Instrument => Create(() => create(Meter)) ?? create(s_unheard);

    private static Meter Disposed()
    {
        var meter = new Meter("Zanshin.Unheard");
        meter.Dispose();
        return meter;
    }
}
