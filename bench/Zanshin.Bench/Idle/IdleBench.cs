using Amazon.SQS;
using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Idle;

/// <summary>What a queue costs that has nothing, and how soon a lone message is deleted.</summary>
internal sealed class IdleBench(TimeSpan roundTrip, bool quick)
{
    private const int Lone = 9;
    private const double AtOnceMilliseconds = 20;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(20);

    private readonly int _polls = quick ? 1 : 4;
    private readonly Lock _lock = new(); // guards the lists below
    private readonly List<TimeSpan> _left = [];
    private readonly List<double> _starts = [];
    private readonly List<double> _deletes = [];
    private TimeSpan _arrived;
    private TimeSpan _ended;

    public async Task<Report> RunAsync()
    {
        var report = new Report("idle", "An idle queue, and a lone message", "idle");
        await using QueueProcess queue = await QueueProcess.StartAsync();
        using var backlog = new Backlog(queue.Endpoint);
        string url = await backlog.CreateAsync("idle", TimeSpan.FromSeconds(30));
        using var network = new Network(roundTrip) { Leaves = Leaves, Received = _ => _arrived = Clock.Now };
        using AmazonSQSClient client = Clients.Create(queue.Endpoint, network);
        await using var worker = new BenchWorker(client, url, 10, (_, _) =>
        {
            lock (_lock)
            {
                _ended = Clock.Now;
                _starts.Add((_ended - _arrived).TotalMilliseconds);
            }
            return new(Outcome.Done);
        });
        await worker.StartAsync();
        TimeSpan cpu = Environment.CpuUsage.TotalTime, began = Clock.Now;
        await Clock.WaitAsync(Poll * _polls + TimeSpan.FromSeconds(2));
        cpu = (Environment.CpuUsage.TotalTime - cpu) / (Clock.Now - began).TotalMinutes;
        double[] gaps = Gaps();

        int before = network.Requests;
        int alone = 0;
        for (int i = 0; i < Lone; i++)
        {
            await backlog.FillAsync(url, 1);
            await Clock.WaitAsync(TimeSpan.FromSeconds(i % 3 == 0 ? 2 : 0.5));
            alone += await backlog.DepthAsync(url) == 0 ? 1 : 0;
        }
        double requests = (network.Requests - before) / (double)Lone;
        await worker.StopAsync();
        Write(report, gaps, requests, alone, cpu);
        return report;
    }

    private double[] Gaps()
    {
        lock (_lock)
            return [.. _left.Skip(1).Zip(_left, static (next, last) => (next - last).TotalSeconds)];
    }

    private void Leaves(string action)
    {
        lock (_lock)
        {
            // From the first poll on: the worker reads the queue's attributes before it.
            if (_left.Count > 0 || action == "ReceiveMessage")
                _left.Add(Clock.Now);
            if (action == "DeleteMessageBatch")
                _deletes.Add((Clock.Now - _ended).TotalMilliseconds);
        }
    }

    private void Write(Report report, double[] gaps, double requests, int alone, TimeSpan cpuPerMinute)
    {
        report.Line($"A worker with 10 slots on one queue; every call takes {roundTrip.TotalMilliseconds:0} ms longer than on loopback.");
        report.Line();
        report.Table(["idle queue", "measured", "goal", ""],
        [
            ["seconds from one request to the next, shortest", Report.Number(gaps.Min(), "0.00"), "20", report.Goal(gaps.Min() >= Poll.TotalSeconds - 0.1)],
            ["requests in a day, by the mean", Report.Number(86_400 / gaps.Average()), "4,320", report.Goal(86_400 / gaps.Average() <= 4_320 * 1.01)],
            ["CPU of the process in a minute", Report.Number(cpuPerMinute.TotalMilliseconds) + " ms", "", ""],
        ]);
        report.Line($"{Lone} lone messages, 0.5 to 2 s apart, each handled in no time:");
        report.Line();
        report.Table(["lone message", "measured", "goal", ""],
        [
            ["handler's end to the delete's leaving, median", Report.Number(Percentile.Median(_deletes), "0.00") + " ms", "at once (20 ms)", report.Goal(Percentile.Median(_deletes) <= AtOnceMilliseconds)],
            ["the same, longest", Report.Number(_deletes.Max(), "0.00") + " ms", "", ""],
            ["answer's arrival to the handler's start, median", Report.Number(Percentile.Median(_starts), "0.00") + " ms", "", ""],
            ["deleted before the next was sent", $"{alone} of {Lone}", $"{Lone}", report.Goal(alone == Lone)],
            ["requests per message: a receive, a delete", Report.Number(requests, "0.00"), "2", report.Goal(requests <= 2.01)],
        ]);
    }
}
