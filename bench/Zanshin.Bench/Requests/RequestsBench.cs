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
        Standstill warmUp = await WarmUpAsync(queue);
        List<RequestsRow> rows = [];
        foreach (RequestsCase @case in cases)
        {
            rows.Add(await MeasureAsync(@case, @case.Sampled ? sampled : queue));
            RequestsRow row = rows[^1];
            Console.Error.WriteLine($"{@case.Name}: {row.Requests:0.0} requests, {row.SlotsUsed:P1} used, p99 {row.WaitP99:0.000} s, {row.PerSecond:0}/s");
        }
        Write(report, rows);
        report.Line($"The process had worked {Report.Number(warmUp.Messages)} messages before the first row{(warmUp.IsStill ? ", and its code stood still" : " **and was still being compiled**")}.");
        return report;
    }

    // The same code, without the longer calls, until it is compiled: or the first rows would be of a process that is not.
    private async Task<Standstill> WarmUpAsync(QueueProcess queue)
    {
        int least = quick ? 3_000 : 200_000, most = quick ? 3_000 : 300_000, seen = 0;
        var warmUp = new Standstill(least, most);
        using var backlog = new Backlog(queue.Endpoint);
        string url = await backlog.CreateAsync("requests-warm-up", TimeSpan.FromSeconds(30));
        await backlog.FillAsync(url, most + 1_000);
        var slots = new Slots();
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var network = new Network(TimeSpan.Zero) { Received = slots.Arrived };
        using AmazonSQSClient client = Clients.Create(queue.Endpoint, network);
        await using var worker = new BenchWorker(client, url, 100, async (message, cancel) =>
        {
            slots.Started(message.Id);
            int number = Interlocked.Increment(ref seen);
            if (number % 10 == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancel);
            slots.Ended();
            if (warmUp.IsOver(number))
                over.TrySetResult();
            return Outcome.Done;
        });
        await worker.StartAsync();
        await over.Task;
        await worker.StopAsync();
        await backlog.DeleteAsync(url);
        return warmUp;
    }

    private async Task<RequestsRow> MeasureAsync(RequestsCase @case, QueueProcess queue)
    {
        using var backlog = new Backlog(queue.Endpoint);
        string url = await backlog.CreateAsync($"requests-{@case.Name}", TimeSpan.FromSeconds(30));
        TimeSpan window = quick ? @case.Window / 3 : @case.Window;
        await backlog.FillAsync(url, (int)(@case.ExpectedPerSecond * (@case.RampUp + window).TotalSeconds * 1.1) + 1000);
        List<string> others = [];
        for (int i = 1; i < @case.Queues; i++)
            others.Add(await backlog.CreateAsync($"requests-{@case.Name}-beside-{i}", TimeSpan.FromSeconds(30)));

        var slots = new Slots();
        int busy = 0;
        using var network = new Network(roundTrip) { Received = slots.Arrived, Only = others.Count > 0 ? url : null };
        using AmazonSQSClient client = Clients.Create(queue.Endpoint, network);
        await using var worker = new BenchWorker(client, [url, .. others], @case.Concurrency, async (place, message, cancel) =>
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
                if (place == 0)
                    Interlocked.Increment(ref busy);
            }
            return Outcome.Done;
        });
        using var end = new CancellationTokenSource();
        await worker.StartAsync();
        Task bursts = BurstsAsync(backlog, others, end.Token);
        await Clock.WaitAsync(@case.RampUp);

        Snapshot first = Snapshot.Take(slots, network, queue, Volatile.Read(ref busy));
        await Clock.WaitAsync(window);
        Snapshot last = Snapshot.Take(slots, network, queue, Volatile.Read(ref busy));

        await end.CancelAsync();
        await bursts;
        int left = await backlog.DepthAsync(url);
        await worker.StopAsync();
        foreach (string each in (string[])[url, .. others])
            await backlog.DeleteAsync(each);
        if (left < 10 * @case.Concurrency)
            throw new InvalidOperationException($"The backlog of {@case} ended inside the window: make it larger.");
        return Row(@case, first, last, slots.Waits(first.Slots.At));
    }

    // To every other of the others, one after the other; the rest stay empty.
    private static async Task BurstsAsync(Backlog backlog, List<string> others, CancellationToken end)
    {
        for (int i = 0; others.Count > 0 && !end.IsCancellationRequested; i = (i + 2) % others.Count)
        {
            await backlog.FillAsync(others[i], RequestsCase.Burst);
            await Task.Delay(RequestsCase.BurstEvery, TimeProvider.System, end).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private static RequestsRow Row(RequestsCase @case, Snapshot first, Snapshot last, List<double> waits)
    {
        double seconds = (last.Slots.At - first.Slots.At).TotalSeconds;
        double messages = last.Slots.Ended - first.Slots.Ended;
        double PerThousand(double count) => count / messages * 1000;
        return new(@case)
        {
            PerSecond = messages / seconds,
            BusyRequests = (double)(last.OnlyRequests - first.OnlyRequests) / Math.Max(1, last.Busy - first.Busy) * 1000,
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

    private static void Write(Report report, List<RequestsRow> all)
    {
        List<RequestsRow> rows = all.FindAll(static r => r.Case.Queues == 1);
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
        WriteGroups(report, all);
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

    private static void WriteGroups(Report report, List<RequestsRow> all)
    {
        List<RequestsRow> rows = all.FindAll(static r => r.Case.Queues > 1);
        if (rows.Count == 0)
            return;
        report.Line("## A busy queue beside others of its group");
        report.Line();
        report.Line($"Half of the others are empty; each {RequestsCase.BurstEvery.TotalSeconds:0} s one of the rest gets {RequestsCase.Burst} messages. Rate and slots are those of the group, its requests the busy queue's, per 1,000 of its messages.");
        report.Line();
        report.Table(
            ["handler", "slots", "queues", "messages/s", "slots used", "goal", "", "of the rate alone", "goal", "", "requests of the busy queue", "goal", ""],
            [.. rows.Select(r =>
            {
                RequestsRow? alone = all.Find(a => a.Case == r.Case with { Queues = 1, Sampled = false });
                double kept = alone is null ? double.NaN : r.PerSecond / alone.PerSecond;
                int goal = r.Case.GoalBesideOthers;
                return (string[])
                [
                    $"{r.Case.Milliseconds} ms{(r.Case.Sampled ? ", sampled" : "")}", Report.Number(r.Case.Concurrency), Report.Number(r.Case.Queues), Report.Number(r.PerSecond),
                    Report.Number(r.SlotsUsed * 100, "0.0") + " %", "95 %", report.Goal(r.SlotsUsed >= LeastUsed),
                    alone is null ? "-" : Report.Number(kept * 100, "0.0") + " %", alone is null ? "-" : "95 %", alone is null ? "" : report.Goal(kept >= LeastUsed),
                    Report.Number(r.BusyRequests, "0.0"), $"{goal}", report.Goal(r.BusyRequests <= goal),
                ];
            })]);
    }

    private readonly record struct Snapshot(Slots.Reading Slots, int Requests, int OnlyRequests, int Receives, int Deletes, TimeSpan Cpu, TimeSpan QueueCpu, int Busy)
    {
        public static Snapshot Take(Slots slots, Network network, QueueProcess queue, int busy) => new(
            slots.Read(), network.Requests, network.OnlyRequests, network.Count("ReceiveMessage"), network.Count("DeleteMessageBatch"), Environment.CpuUsage.TotalTime, queue.Cpu, busy);
    }
}
