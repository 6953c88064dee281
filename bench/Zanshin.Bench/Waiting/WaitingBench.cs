using Amazon.SQS;
using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Waiting;

/// <summary>A thousand handlers that await something at once: what that takes in threads.</summary>
internal static class WaitingBench
{
    private const int Handlers = 1_000;
    private const int MostThreads = 40;
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);

    public static async Task<Report> RunAsync()
    {
        var report = new Report("waiting", "1,000 handlers awaiting at once", "waiting");
        await using QueueProcess queue = await QueueProcess.StartAsync();
        using var backlog = new Backlog(queue.Endpoint);
        string url = await backlog.CreateAsync("waiting", TimeSpan.FromSeconds(3));
        await backlog.FillAsync(url, Handlers);
        int before = OwnThreads.Count();

        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int running = 0;
        using AmazonSQSClient client = Clients.Create(queue.Endpoint);
        await using var worker = new BenchWorker(client, url, Handlers, async (_, cancel) =>
        {
            if (Interlocked.Increment(ref running) == Handlers)
                all.TrySetResult();
            await release.Task.WaitAsync(cancel);
            return Outcome.Done;
        });
        TimeSpan began = Clock.Now;
        await worker.StartAsync();
        await all.Task.WaitAsync(LongestStart, TimeProvider.System);
        TimeSpan took = Clock.Now - began;

        // Long enough for their leases to be extended, which must not take threads either.
        int threads = OwnThreads.Count();
        for (TimeSpan until = Clock.Now + Held; Clock.Now < until; await Clock.WaitAsync(TimeSpan.FromMilliseconds(50)))
            threads = Math.Max(threads, OwnThreads.Count());
        long extended = worker.Queue.LeasesExtended;
        release.SetResult();
        while (worker.Queue is { Done: < Handlers } or { Settling: > 0 })
            await Clock.WaitAsync(TimeSpan.FromMilliseconds(50));
        QueueStatus end = worker.Queue;
        await worker.StopAsync();

        report.Line($"{Report.Number(Handlers)} slots and a visibility timeout of 3 s; all handlers await one event for {Held.TotalSeconds:0} s. Threads are those of the whole process, the runtime's included.");
        report.Line();
        report.Table(["", "measured", "goal", ""],
        [
            ["most threads while all await", $"{threads}", $"{MostThreads}", report.Goal(threads <= MostThreads)],
            ["threads before the worker began", $"{before}", "", ""],
            ["start to all running", Report.Number(took.TotalMilliseconds) + " ms", "", ""],
            ["leases extended meanwhile", Report.Number(extended), "", ""],
            ["leases lost", Report.Number(end.LeasesLost), "0", report.Goal(end.LeasesLost == 0)],
            ["handled and deleted", Report.Number(end.Done - end.Unconfirmed), $"{Handlers}", report.Goal(end.Done - end.Unconfirmed == Handlers)],
        ]);
        return report;
    }
}
