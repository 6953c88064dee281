using Amazon.SQS;
using Microsoft.Extensions.Logging.Abstractions;
using Zanshin.Bench.Harness;
using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Testing;
using Zanshin.Timing;

namespace Zanshin.Bench.Leases;

/// <summary>
/// What it costs to keep 120,000 leases, as many as SQS lets be in flight: the keeper's own schedule, on a clock that jumps from
/// one extension to the next, over a stub that answers at once. What the calls cost by themselves (request objects, answers) is
/// measured alone and taken off.
/// </summary>
internal sealed class LeasesBench(bool quick)
{
    private const int Leases = 120_000;
    private const double GoalMicroseconds = 1;
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(30);

    private readonly int _rounds = quick ? 2 : 9;

    public async Task<Report> RunAsync()
    {
        var report = new Report("leases", "120,000 leases", "leases");
        using AmazonSQSClient stub = new StubSqs();
        List<LeaseFigures> rounds = [];
        for (int round = -1; round < _rounds; round++)
        {
            // The first one warms up.
            LeaseFigures figures = Measure(stub);
            if (round >= 0)
                rounds.Add(figures);
        }
        Write(report, rounds);
        await Task.CompletedTask;
        return report;
    }

    private static LeaseFigures Measure(AmazonSQSClient stub)
    {
        var time = new VirtualTime();
        var surroundings = new Surroundings(time, new Random(1), time.Context);
        var counts = new QueueCounts();
        var sqs = new SqsQueue(stub, new Endpoint(), new QueueFacts(StubSqs.Url, "arn", false, Visibility, null, null, TimeSpan.Zero), surroundings, counts, NullLogger.Instance, CancellationToken.None);
        using var keeper = new LeaseKeeper(
            sqs, new LeaseSchedule(Visibility), surroundings, counts, new Trouble("extend visibility", "stub", NullLogger.Instance, surroundings));
        long held = GC.GetTotalMemory(forceFullCollection: true);
        var dice = new Random(2);
        List<Lease> leases = [.. Enumerable.Range(0, Leases).Select(n => keeper.Hold(Nobody.Instance, "handle", TimeSpan.Zero, Visibility + 20 * dice.NextDouble() * TimeSpan.FromSeconds(1)))];
        held = GC.GetTotalMemory(forceFullCollection: true) - held;

        (TimeSpan Took, long Bytes) kept = default, calls = default;
        long extended = 0, sent = 0;
        time.Run(async () =>
        {
            keeper.Start();
            kept = await TimedAsync(() => Task.Delay(TimeSpan.FromSeconds(100), time));
            (extended, sent) = (counts[Count.LeasesExtended], counts[Count.VisibilityChanges]);
            // The same number of calls, of as many entries, with no schedule behind them.
            calls = await TimedAsync(async () =>
            {
                for (long left = extended, n = sent; n > 0; n--)
                {
                    int entries = (int)Math.Ceiling(left / (double)n);
                    left -= entries;
                    var changes = new List<VisibilityChange>(entries);
                    for (int i = 0; i < entries; i++)
                        changes.Add(new("handle", 30));
                    await sqs.ChangeVisibilityAsync(changes, new SqsFailure?[entries], TimeSpan.FromSeconds(3));
                }
            });
            await keeper.StopAsync();
        });
        if (counts[Count.LeasesLost] > 0 || keeper.Held != Leases)
            throw new InvalidOperationException($"{counts[Count.LeasesLost]} leases were lost.");
        GC.KeepAlive(leases);
        return new(extended, sent, kept.Took, calls.Took, kept.Bytes, calls.Bytes, held);
    }

    private static async Task<(TimeSpan Took, long Bytes)> TimedAsync(Func<Task> run)
    {
        long bytes = GC.GetTotalAllocatedBytes();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        await run();
        return (Environment.CpuUsage.TotalTime - cpu, GC.GetTotalAllocatedBytes() - bytes);
    }

    private static void Write(Report report, List<LeaseFigures> rounds)
    {
        List<double> Of(Func<LeaseFigures, double> of) => [.. rounds.Select(of)];
        string Spread(List<double> values, string format, string unit) =>
            $"{Report.Number(Percentile.Median(values), format)}{unit} ({Report.Number(values.Min(), format)}..{Report.Number(values.Max(), format)})";
        LeaseFigures one = rounds[0];
        double own = Percentile.Median(Of(static r => r.OwnMicroseconds));
        report.Line($"{Report.Number(Leases)} leases of 30 s, their deadlines spread over 20 s, kept for 100 s of a clock that jumps; {rounds.Count} rounds, of one thread. CPU; medians; in brackets the lowest and the highest.");
        report.Line();
        report.Table(["per renewal", "measured", "goal", ""],
        [
            ["the keeper with its calls", Spread(Of(static r => r.Kept.TotalMicroseconds / r.Extended), "0.00", " us"), "", ""],
            ["the same calls alone: request objects and answers", Spread(Of(static r => r.Calls.TotalMicroseconds / r.Extended), "0.00", " us"), "", ""],
            ["own cost of the schedule", Spread(Of(static r => r.OwnMicroseconds), "0.00", " us"), "1.00 us", report.Goal(own < GoalMicroseconds)],
            ["allocated by the keeper, calls taken off", Report.Number((one.KeptBytes - one.CallBytes) / (double)one.Extended) + " bytes", "", ""],
        ]);
        report.Table(["", "measured"],
        [
            ["renewals in a round", Report.Number(one.Extended)],
            ["leases per call", Report.Number(one.Extended / (double)one.Sent, "0.00")],
            ["one lease, held", Report.Number(one.HeldBytes / (double)Leases) + " bytes"],
            ["threads and timers for all of them", "0 and 1"],
        ]);
        report.Line("The calls go through the worker's own code over a stub of the client; the SDK and the network are not in any figure.");
    }

    private sealed class Nobody : ILeaseHolder
    {
        public static Nobody Instance { get; } = new();

        public void LeaseLost(LeaseLoss loss)
        {
        }

        public void TimeLimitReached()
        {
        }

        public void Wake()
        {
        }
    }
}
