using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.EndToEnd;

/// <summary>Stops of workers whose receives are open, over real sockets: nothing waits for a long poll, and nothing is left with it.</summary>
public partial class IdleStopTests(ITestOutputHelper output)
{
    // What a stop takes is a second; a machine that has other things to do is given more, and a long poll would take 20.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);

    [Fact]
    public async Task A_worker_that_is_terminated_without_work_ends_soon()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are POSIX.");
        await using LocalServer server = await LocalServer.StartAsync();
        await using Child worker = Child.Start(Artifacts.HostedWorker, [], ("AWS_ENDPOINT_URL_SQS", server.Endpoint));
        await Poll.UntilAsync("it works", () => worker.Out.Contains("Zanshin works", StringComparison.Ordinal) || worker.HasExited, worker.Describe);
        await EndsSoonAsync(worker);
    }

    [Fact]
    public async Task The_tool_too()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are POSIX.");
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        string url = await sqs.CreateAsync("orders", visibility: 30);
        await using Child worker = Child.Start(Artifacts.Tool, ["work", "-q", url, "--exec", "true"], ("AWS_ENDPOINT_URL_SQS", server.Endpoint), ("AWS_REGION", "us-east-1"));
        await Poll.UntilAsync("it works", () => Text(worker).Contains("Zanshin works", StringComparison.Ordinal) || worker.HasExited, worker.Describe);
        await EndsSoonAsync(worker);
        await sqs.SendAsync(url, "after it");
        Assert.Equal((1, 0), await sqs.DepthAsync(url));
    }

    /// <summary>Each stop took 15 s, 14.8 of them without any work: two other queues were idle.</summary>
    [Fact]
    public async Task Rolling_restarts_under_load_beside_idle_queues_wait_for_nobody_and_leave_and_double_nothing()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        // What were left with an abandoned receive would come when the test has long failed.
        string[] names = ["busy", "idle-1", "idle-2"];
        string[] urls = [.. await Task.WhenAll(names.Select(name => sqs.CreateAsync(name, visibility: 120)))];
        var runs = new ConcurrentDictionary<string, int>();
        using var enough = new CancellationTokenSource();
        int sent = 0;
        Task sending = Task.WhenAll([SendAsync(0, TimeSpan.FromMilliseconds(5)), SendAsync(1, TimeSpan.FromMilliseconds(150)), SendAsync(2, TimeSpan.FromMilliseconds(330))]);

        var workers = new Queue<ServiceProvider>();
        workers.Enqueue(await StartAsync());
        List<double> took = [];
        for (int restart = 0; restart < 6; restart++)
        {
            workers.Enqueue(await StartAsync());
            await Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System);
            took.Add(await StopAsync(workers.Dequeue()));
        }
        await enough.CancelAsync();
        await sending;
        await Poll.UntilAsync("everything is done", () => runs.Count == sent, () => $"{runs.Count} of {sent}");
        took.Add(await StopAsync(workers.Dequeue()));

        output.WriteLine($"{sent} messages, stops of {string.Join(", ", took.Select(static t => t.ToString("0.00", CultureInfo.InvariantCulture)))} s");
        Assert.All(took, static t => Assert.InRange(t, 0, Soon.TotalSeconds));
        Assert.All(runs, static run => Assert.Equal(1, run.Value));
        foreach (string url in urls)
            await Poll.UntilAsync("the queue is empty", async () => await sqs.DepthAsync(url) == (0, 0));

        async Task SendAsync(int queue, TimeSpan pause)
        {
            while (!enough.IsCancellationRequested)
            {
                await sqs.SendAsync(urls[queue], $"{names[queue]} {Interlocked.Increment(ref sent)}");
                await Task.Delay(pause, TimeProvider.System);
            }
        }

        async Task<ServiceProvider> StartAsync()
        {
            var services = new ServiceCollection();
            services.AddZanshin(z =>
            {
                z.Endpoint = server.Endpoint;
                foreach (string name in names)
                {
                    z.Queue(name, q => q.Handle(Body.Text, async (message, _, cancel) =>
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancel);
                        runs.AddOrUpdate(message.Body, 1, static (_, n) => n + 1);
                    }));
                }
            });
            ServiceProvider worker = services.BuildServiceProvider();
            await worker.GetRequiredService<ZanshinWorker>().StartAsync(CancellationToken.None);
            return worker;
        }

        static async Task<double> StopAsync(ServiceProvider worker)
        {
            long began = TimeProvider.System.GetTimestamp();
            await worker.GetRequiredService<ZanshinWorker>().StopAsync(CancellationToken.None);
            double seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
            await worker.DisposeAsync();
            return seconds;
        }
    }

    private async Task EndsSoonAsync(Child worker)
    {
        await worker.SignalAsync("TERM");
        await worker.ExitAsync(60);
        Assert.True(worker.ExitCode == 0, worker.Describe());
        Match stopped = Stopped().Match(Text(worker));
        Assert.True(stopped.Success, worker.Describe());
        output.WriteLine(stopped.Value);
        Assert.True(TimeSpan.Parse(stopped.Groups[1].Value, CultureInfo.InvariantCulture) < Soon, worker.Describe());
        Assert.Contains("are abandoned", Text(worker), StringComparison.Ordinal);
        Assert.DoesNotContain("The time to drain is over", Text(worker), StringComparison.Ordinal);
    }

    private static string Text(Child worker) => worker.Out + worker.Err;

    [GeneratedRegex(@"Zanshin has stopped after ([0-9:.]+): nothing")]
    private static partial Regex Stopped();
}
