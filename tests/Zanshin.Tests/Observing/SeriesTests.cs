using System.Diagnostics.Metrics;
using Amazon.SQS.Model;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Observing;

/// <summary>How many time series a worker has, as Prometheus counts them: what docs/telemetry.md says.</summary>
public class SeriesTests
{
    [Fact]
    public void A_worker_has_as_many_series_as_the_page_says()
    {
        Counted plain = Count(backlog: false), backlog = Count(backlog: true);
        string page = File.ReadAllText(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "docs", "telemetry.md"))).ReplaceLineEndings(" ");
        Assert.Contains($"{plain.Worker} series of the worker, {plain.Group} of each group", page, StringComparison.Ordinal);
        Assert.Contains($"{plain.Done} of a queue whose messages are all done ({plain.Buckets} of them buckets of histograms), {plain.Extended} once leases were extended, and {plain.Failed} once a handler failed and a message was rejected", page, StringComparison.Ordinal);
        Assert.Contains($"`z.BacklogInterval` adds {backlog.Done - plain.Done}", page, StringComparison.Ordinal);
    }

    private static Counted Count(bool backlog)
    {
        Counted counted = default;
        Bench.Run(async bench =>
        {
            string url = await bench.QueueAsync("orders", ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{await ArnAsync(bench, "orders-dlq")}}","maxReceiveCount":3}"""));
            bench.Setup(
                z =>
                {
                    z.BacklogInterval = backlog ? TimeSpan.FromSeconds(30) : null;
                    z.Queue("orders", q =>
                    {
                        q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1)));
                        q.Handle(Body.Text, async (message, _, cancel) =>
                        {
                            if (message.Text == "slow")
                                await Task.Delay(TimeSpan.FromSeconds(70), bench.Time, cancel);
                            return message.Text switch
                            {
                                "fails" when message.Attempt == 1 => throw new TimeoutException(),
                                "bad" => Outcome.Reject("bad"),
                                _ => Outcome.Done,
                            };
                        });
                    });
                },
                static s => s.AddMetrics());
            using var series = new Series(bench.Services.GetRequiredService<IMeterFactory>());
            await bench.Worker.StartAsync(default);
            await bench.SendManyAsync(url, 20);
            await bench.Until(() => bench.Status is { Done: 20, Settling: 0 });
            counted.Done = Of("orders");
            counted.Buckets = Of("bucket");
            counted.Group = Of("zanshin.group");
            counted.Worker = Of("") - counted.Group - counted.Done;

            await bench.SendAsync(url, "slow");
            await bench.Until(() => bench.Status is { Done: 21, Settling: 0 });
            counted.Extended = Of("orders");

            await bench.SendAsync(url, "fails");
            await bench.SendAsync(url, "bad");
            await bench.Until(() => bench.Status is { Done: 22, Rejected: 1, Settling: 0 });
            counted.Failed = Of("orders");

            int Of(string name) => series.Collect().Count(s => s.Contains(name, StringComparison.Ordinal));
        });
        return counted;
    }

    private static async Task<string> ArnAsync(Bench bench, string name) =>
        (await bench.Direct.GetQueueAttributesAsync(new GetQueueAttributesRequest { QueueUrl = await bench.QueueAsync(name), AttributeNames = ["QueueArn"] })).Attributes["QueueArn"];

    private struct Counted
    {
        public int Worker, Group, Done, Buckets, Extended, Failed;
    }

    /// <summary>Each set of tags of an instrument is a series; of a histogram it has the sum, the count and a bucket for each bound, and one without a bound.</summary>
    private sealed class Series : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Lock _lock = new(); // guards it
        private readonly HashSet<string> _all = [];

        public Series(IMeterFactory factory)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory))
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Add(instrument, tags, 0));
            _listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Add(instrument, tags, instrument is Histogram<int> of ? of.Advice!.HistogramBucketBoundaries!.Count : 0));
            _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, tags, instrument is Histogram<double> of ? of.Advice!.HistogramBucketBoundaries!.Count : 0));
            _listener.Start();
        }

        public string[] Collect()
        {
            _listener.RecordObservableInstruments();
            lock (_lock)
                return [.. _all];
        }

        public void Dispose() => _listener.Dispose();

        private void Add(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags, int bounds)
        {
            string name = $"{instrument.Name} {string.Join(' ', tags.ToArray().Select(static t => $"{t.Key}={t.Value}").Order(StringComparer.Ordinal))}";
            lock (_lock)
            {
                _all.Add(bounds == 0 ? name : $"{name} sum");
                for (int i = 0; bounds > 0 && i <= bounds; i++)
                    _all.Add($"{name} bucket {i}");
                if (bounds > 0)
                    _all.Add($"{name} count");
            }
        }
    }
}
