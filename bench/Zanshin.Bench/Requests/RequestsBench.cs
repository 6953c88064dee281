using Amazon.SQS;
using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Requests;

/// <summary>
/// Requests per 1,000 messages under a backlog, with the slots in use and the waits of what was received ahead.
/// <list type="number">
/// <item>The backlog is there before the worker starts, larger than the worker can work in the time.</item>
/// <item>Ramp-up is left out: the window begins seconds after the start. So is the end: the backlog lasts longer than the window.</item>
/// <item>Requests are counted under the SDK client, where they leave; messages where their handlers end.</item>
/// </list>
/// </summary>
internal sealed class RequestsBench(TimeSpan roundTrip, bool quick)
{
    private const double MostSeconds = 1;
    private const double LeastUsed = 0.95;

    public async Task<Report> RunAsync(IReadOnlyList<RequestsCase> cases)
    {
        var report = new Report("requests", "Requests per 1,000 messages under a backlog", "requests");
        report.Line($"Every call takes {roundTrip.TotalMilliseconds:0} ms longer than on loopback. Windows of 5 to 60 s, after 3 to 6 s of ramp-up, before the backlog ends.");
        report.Line();
        await using QueueProcess queue = await QueueProcess.StartAsync(), sampled = await QueueProcess.StartAsync("--sample-servers");
        List<RequestsRow> rows = [];
        foreach (RequestsCase @case in cases)
        {
            rows.Add(await MeasureAsync(@case, @case.Sampled ? sampled : queue));
            RequestsRow row = rows[^1];
            Console.Error.WriteLine($"{@case.Name}: {row.Requests:0.0} requests, {row.SlotsUsed:P1} used, p99 {row.WaitP99:0.000} s, {row.PerSecond:0}/s");
        }
        Write(report, rows);
        return report;
    }

    private async Task<RequestsRow> MeasureAsync(RequestsCase @case, QueueProcess queue)
    {
        using var backlog = new Backlog(queue.Endpoint);
        string url = await backlog.CreateAsync($"requests-{@case.Name}", TimeSpan.FromSeconds(30));
        TimeSpan window = quick ? @case.Window / 3 : @case.Window;
        await backlog.FillAsync(url, (int)(@case.ExpectedPerSecond * (@case.RampUp + window).TotalSeconds * 1.1) + 1000);

        var slots = new Slots();
        using var network = new Network(roundTrip) { Received = slots.Arrived };
        using AmazonSQSClient client = Clients.Create(queue.Endpoint, network);
        await using var worker = new BenchWorker(client, url, @case.Concurrency, async (message, cancel) =>
        {
            slots.Started(message.Id);
            try
            {
                if (@case.Milliseconds > 0)
                    await Task.Delay(TimeSpan.FromMilliseconds(@case.Milliseconds * (0.5 + Random.Shared.NextDouble())), TimeProvider.System, cancel);
            }
            finally
            {
                slots.Ended();
            }
            return Outcome.Done;
        });
        await worker.StartAsync();
        await Clock.WaitAsync(@case.RampUp);

        Snapshot first = Snapshot.Take(slots, network, queue);
        await Clock.WaitAsync(window);
        Snapshot last = Snapshot.Take(slots, network, queue);

        int left = await backlog.DepthAsync(url);
        await worker.StopAsync();
        await backlog.DeleteAsync(url);
        if (left < 10 * @case.Concurrency)
            throw new InvalidOperationException($"The backlog of {@case} ended inside the window: make it larger.");
        return Row(@case, first, last, slots.Waits(first.Slots.At));
    }

    private static RequestsRow Row(RequestsCase @case, Snapshot first, Snapshot last, List<double> waits)
    {
        double seconds = (last.Slots.At - first.Slots.At).TotalSeconds;
        double messages = last.Slots.Ended - first.Slots.Ended;
        double PerThousand(double count) => count / messages * 1000;
        return new(@case)
        {
            PerSecond = messages / seconds,
            Requests = PerThousand(last.Requests - first.Requests),
            Receives = PerThousand(last.Receives - first.Receives),
            Deletes = PerThousand(last.Deletes - first.Deletes),
            Others = PerThousand(last.Requests - last.Receives - last.Deletes - (first.Requests - first.Receives - first.Deletes)),
            SlotsUsed = (last.Slots.Busy - first.Slots.Busy).TotalSeconds / (@case.Concurrency * seconds),
            Supplied = (last.Slots.Supplied - first.Slots.Supplied).TotalSeconds / seconds,
            WaitP50 = Percentile.Of(waits, 0.5),
            WaitP99 = Percentile.Of(waits, 0.99),
            Cpu = PerThousand((last.Cpu - first.Cpu).TotalMilliseconds),
            Cores = (last.Cpu - first.Cpu + last.QueueCpu - first.QueueCpu).TotalSeconds / seconds,
        };
    }

    private static void Write(Report report, List<RequestsRow> rows)
    {
        report.Table(
            ["handler", "slots", "messages/s", "requests", "goal", "", "receives", "deletes", "slots used", "goal", "", "wait p50", "wait p99", "goal", ""],
            [.. rows.Select(r => (string[])
            [
                $"{r.Case.Milliseconds} ms{(r.Case.Sampled ? ", sampled" : "")}", Report.Number(r.Case.Concurrency), Report.Number(r.PerSecond),
                Report.Number(r.Requests, "0.0"), $"{r.Case.Goal}", report.Goal(r.Requests <= r.Case.Goal), Report.Number(r.Receives, "0.0"), Report.Number(r.Deletes, "0.0"),
                .. r.Case.Milliseconds == 0
                    ? (string[])["-", "-", ""]
                    : [Report.Number(r.SlotsUsed * 100, "0.0") + " %", "95 %", report.Goal(r.SlotsUsed >= LeastUsed)],
                Report.Number(r.WaitP50 * 1000) + " ms", Report.Number(r.WaitP99 * 1000) + " ms", "1,000 ms", report.Goal(r.WaitP99 <= MostSeconds),
            ])]);
        report.Line("Requests, receives and deletes are per 1,000 messages; the wait is from the arrival of a receive's answer to the handler's start.");
        report.Line("Sampled: receives sample servers, as at SQS (docs/local-queue.md): they bring 1 to 10 messages, 7.4 on average, and now and then none, although there are more.");
        report.Line("AWS.Messaging needs 1,200 to 1,950 for the same, MassTransit 250 to 1,470 (measured elsewhere, at 10 ms a call); the floor is 200.");
        report.Line();
        report.Line("## CPU, and what limits");
        report.Line();
        report.Table(
            ["handler", "slots", "worker CPU per 1,000", "cores busy", "supplied"],
            [.. rows.Select(static r => (string[])
            [
                $"{r.Case.Milliseconds} ms{(r.Case.Sampled ? ", sampled" : "")}", Report.Number(r.Case.Concurrency), Report.Number(r.Cpu) + " ms", Report.Number(r.Cores, "0.00"),
                Report.Number(r.Supplied * 100, "0.0") + " %",
            ])]);
        report.Line("The worker's CPU is that of its process, this benchmark's own counting included. Cores busy: worker and queue together; where that is near");
        report.Line("all that the machine has, the machine and not the worker is what leaves slots idle. Supplied: the share of the time in which at least one message");
        report.Line("was between the arrival of its answer and the end of its handler. Handlers of 0 ms use no slots, so for them this stands in its place.");
    }

    private readonly record struct Snapshot(Slots.Reading Slots, int Requests, int Receives, int Deletes, TimeSpan Cpu, TimeSpan QueueCpu)
    {
        public static Snapshot Take(Slots slots, Network network, QueueProcess queue) => new(
            slots.Read(), network.Requests, network.Count("ReceiveMessage"), network.Count("DeleteMessageBatch"), Environment.CpuUsage.TotalTime, queue.Cpu);
    }
}
