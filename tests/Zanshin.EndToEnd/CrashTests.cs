using System.Text.Json;

namespace Zanshin.EndToEnd;

public class CrashTests
{
    [Fact]
    public async Task No_acknowledged_send_is_lost_when_the_server_is_killed_and_the_worker_carries_on()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        string url = await sqs.CreateAsync("orders", visibility: 3);
        await using var worker = new TestWorker(server.Endpoint, "orders", concurrency: 10, work: TimeSpan.FromMilliseconds(20));
        await worker.StartAsync();

        HashSet<string> acknowledged = [];
        using var enough = new CancellationTokenSource();
        Task sender = SendAsync(sqs, url, acknowledged, enough.Token);
        for (int kill = 0; kill < 2; kill++)
        {
            int before = worker.Bodies.Count;
            await Poll.UntilAsync("the worker is in the midst of work", () => worker.Bodies.Count > before + 40, worker.Describe);
            await server.KillAsync();
            await server.AgainAsync();
        }
        int after = worker.Bodies.Count;
        await Poll.UntilAsync("the worker carries on", () => worker.Bodies.Count > after + 40, worker.Describe, seconds: 120);
        await enough.CancelAsync();
        await sender;

        await Poll.UntilAsync("every acknowledged message is worked", () => worker.Bodies.IsSupersetOf(acknowledged), worker.Describe, seconds: 120);
        await Poll.UntilAsync("the queue is empty", async () => await sqs.DepthAsync(url) == (0, 0), worker.Describe, seconds: 120);
        Assert.Equal(WorkerState.Working, worker.Status.State);
        Assert.True(worker.Status.Sound);
        await worker.StopAsync();
        Assert.Equal(0, worker.Status.TasksAlive);
        Assert.Equal(0, worker.Status.Queues[0].LeasesHeld);
    }

    [Fact]
    public async Task The_messages_of_a_killed_worker_are_delivered_again_after_their_visibility_timeout_and_finished_by_another()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        // The demo is the victim: 200 messages, after its 100 of warm-up.
        await using Child victim = Child.Start(
            Artifacts.Tool, ["demo", "--count", "200", "--concurrency", "10", "--work", "400ms", "--visibility", "4s", "--endpoint", server.Endpoint]);
        string url = "";
        await Poll.UntilAsync("all are sent", async () => await sqs.ListAsync() is [string only] && Total(await sqs.DepthAsync(url = only)) == 200, victim.Describe);
        await Poll.UntilAsync("some are worked, and some are in flight", async () => await sqs.DepthAsync(url) is { InFlight: > 5 } now && Total(now) < 180, victim.Describe);
        await victim.KillAsync();

        // What the dead process had asked for may still be answered.
        (int Visible, int InFlight) left = await sqs.DepthAsync(url);
        await Poll.UntilAsync("nothing moves any more", async () => (left, left = await sqs.DepthAsync(url)) is var (a, b) && a.Visible == b.Visible && Total(a) == Total(b));
        Assert.InRange(Total(left), 20, 180);

        await using var heir = new TestWorker(server.Endpoint, url[(url.LastIndexOf('/') + 1)..], concurrency: 50, work: TimeSpan.FromMilliseconds(10));
        await heir.StartAsync();
        await Poll.UntilAsync("the queue is empty", async () => await sqs.DepthAsync(url) == (0, 0), heir.Describe, seconds: 120);
        await heir.StopAsync();

        Assert.Equal(Total(left), heir.Bodies.Count);
        Assert.Equal(heir.Bodies.Count, heir.Runs.Count);
        Assert.InRange(heir.Runs.Count(static r => r.Attempt > 1), 5, 60);
        Assert.All(heir.Bodies, static body => Assert.InRange(JsonDocument.Parse(body).RootElement.GetProperty("Number").GetInt32(), 1, 200));
    }

    private static int Total((int Visible, int InFlight) depth) => depth.Visible + depth.InFlight;

    // A send that failed may or may not have arrived; one that was answered has.
    private static async Task SendAsync(Sqs sqs, string url, HashSet<string> acknowledged, CancellationToken enough)
    {
        for (int number = 0; !enough.IsCancellationRequested && number < 100_000; number++)
        {
            try
            {
                await sqs.SendAsync(url, $"order {number}");
                acknowledged.Add($"order {number}");
            }
            catch (Exception exception) when (exception is Amazon.Runtime.AmazonClientException or HttpRequestException or TaskCanceledException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
            }
        }
    }
}
