using System.Diagnostics;
using System.Globalization;
using System.Text;
using Amazon.SQS;
using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Flat;

/// <summary>
/// Half a million messages through one worker whose leases are extended, with a look at the process at every fiftieth. For a look
/// the worker receives no more until nothing is in flight: whatever grows with the messages was left behind by them. Messages
/// come from a third process, so that this one holds the worker only.
/// </summary>
internal sealed class FlatBench(int messages)
{
    private const int Concurrency = 100;
    private const int Looks = 50;

    // The last look meets a worker under load, as all others do.
    private const int Surplus = 20_000;
    private const int OneLongIn = 1_000;
    private static readonly TimeSpan Visibility = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1.3);

    private int _started;
    private int _ended;

    public async Task<(Report Report, Func<Task> Keep)> RunAsync()
    {
        var report = new Report("flat", $"{Report.Number(messages)} messages with extension on", "flat");
        await using QueueProcess queue = await QueueProcess.StartAsync();
        using var backlog = new Backlog(queue.Endpoint);
        string url = await backlog.CreateAsync("flat", Visibility);
        using Process feeder = Feed(queue.Endpoint, url);
        using AmazonSQSClient client = Clients.Create(queue.Endpoint);
        await using var worker = new BenchWorker(client, url, Concurrency, async (_, cancel) =>
        {
            int n = Interlocked.Increment(ref _started);
            if (n % OneLongIn == 0)
                await Task.Delay(Long, TimeProvider.System, cancel);
            else
                await Task.Yield();
            Interlocked.Increment(ref _ended);
            return Outcome.Done;
        });
        List<Look> looks;
        QueueStatus end;
        try
        {
            await worker.StartAsync();
            looks = await WatchAsync(worker);
            end = worker.Queue;
            await worker.StopAsync();
        }
        finally
        {
            if (!feeder.HasExited)
                feeder.Kill();
            await feeder.WaitForExitAsync();
        }
        var tenths = new Tenths(looks);
        Write(report, tenths, end, looks);
        return (report, async () =>
        {
            await File.WriteAllTextAsync(Path.Combine(Places.Results, "flat.csv"), Csv(looks));
            await File.WriteAllTextAsync(Path.Combine(Places.Results, "flat.svg"), FlatPlot.Draw(looks, messages));
        });
    }

    /// <summary>Sends the messages, never far ahead of the worker: the body of the third process.</summary>
    public static async Task FeedAsync(string endpoint, string url, int messages)
    {
        const int Ahead = 20_000, Step = 5_000;
        using var backlog = new Backlog(endpoint);
        for (int sent = 0; sent < messages;)
        {
            if (await backlog.DepthAsync(url) > Ahead - Step)
            {
                await Clock.WaitAsync(TimeSpan.FromMilliseconds(50));
                continue;
            }
            int count = Math.Min(Step, messages - sent);
            await backlog.FillAsync(url, count);
            sent += count;
        }
    }

    private Process Feed(string endpoint, string url) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath!, ["feed", url, "--endpoint", endpoint, "--messages", (messages + Surplus).ToString(CultureInfo.InvariantCulture)]))!;

    private async Task<List<Look>> WatchAsync(BenchWorker worker)
    {
        List<Look> looks = [];
        TimeSpan began = Clock.Now;
        for (int next = messages / Looks; next <= messages; next += messages / Looks)
        {
            while (Volatile.Read(ref _ended) < next)
                await Clock.WaitAsync(TimeSpan.FromMilliseconds(5));
            worker.Quiet();
            await worker.IdleAsync();
            looks.Add(Look.Take(Volatile.Read(ref _ended), Clock.Now - began));
            worker.Resume();
            if (looks.Count % 10 == 0)
                Console.Error.WriteLine(looks[^1]);
        }
        return looks;
    }

    private static void Write(Report report, Tenths tenths, QueueStatus end, List<Look> looks)
    {
        report.Line($"{Concurrency} slots, a visibility timeout of {Visibility.TotalSeconds:0} s; one handler in {Report.Number(OneLongIn)} takes {Long.TotalSeconds} s, which is longer than until its extension, the others none. {looks.Count} looks");
        report.Line("at the worker's process, each while nothing is in flight and after a full collection; medians of the first and of the last tenth of them.");
        report.Line();
        report.Table(["", "first tenth", "last tenth", "goal", ""],
        [
            tenths.Row("threads", static l => l.Threads, "0", 2, report),
            tenths.Row("timers", static l => l.Timers, "0", 2, report),
            tenths.Row("heap after GC, MiB", static l => l.HeapBytes / 1048576.0, "0.00", 0.25, report),
            tenths.Row("resident memory, MiB", static l => l.ResidentBytes / 1048576.0, "0.0", null, report),
        ]);
        report.Table(["", "measured"],
        [
            ["messages a second, mean, looks included", Report.Number(looks[^1].Messages / looks[^1].At.TotalSeconds)],
            ["leases extended", Report.Number(end.LeasesExtended)],
            ["leases lost", Report.Number(end.LeasesLost)],
            ["redelivered", Report.Number(end.Redelivered)],
            ["requests per 1,000 messages", Report.Number(end.Requests * 1000.0 / end.Done, "0.0")],
        ]);
        report.Line("Each look is in [flat.csv](flat.csv).");
        report.Line();
        report.Line("![Threads, timers and heap over the run](flat.svg)");
    }

    private static string Csv(List<Look> looks)
    {
        var csv = new StringBuilder("messages,seconds,threads,timers,heap_bytes,resident_bytes\n");
        foreach (Look look in looks)
            csv.Append(CultureInfo.InvariantCulture, $"{look.Messages},{look.At.TotalSeconds:0.0},{look.Threads},{look.Timers},{look.HeapBytes},{look.ResidentBytes}\n");
        return csv.ToString();
    }
}
