using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests;

/// <summary>
/// Every loop under every fault, for two minutes: nothing dies or leaks, other queues go on, it is said once and once when it is
/// over, and afterwards every message comes to its end.
/// </summary>
public class NoLoopDiesTests
{
    private const int Outage = 120;

    private static readonly Fate[] s_faults =
    [
        Fate.LostBefore, Fate.LostAfter, Fate.ServerError, Fate.Throttled, Fate.Malformed, Fate.Hangs, Fate.NoName, Fate.Expired, Fate.Denied,
        Fate.Truncated, Fate.WrongTypes, Fate.Cancelled, Fate.Unexpected, Fate.OutOfMemory,
    ];

    // Only a batch's answer can be wrong about its entries.
    private static readonly Fate[] s_batchFaults = [.. s_faults, Fate.Nulls, Fate.Empty, Fate.Strangers, Fate.Twins, Fate.EachFails];

    public static TheoryData<Fate> Faults => [.. s_faults];

    public static TheoryData<Fate> BatchFaults => [.. s_batchFaults];

    [Theory]
    [MemberData(nameof(Faults))]
    public void Receiving_goes_on_after(Fate fate) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "30"));
        var runs = new Runs();
        await StartAsync(bench, runs, static (_, _) => ValueTask.FromResult(Outcome.Done));
        await bench.Pass(1);
        await OutageAsync(bench, url, "ReceiveMessage", fate, atMost: 40);
        // Whatever is lost on its way comes again when its timeout is over.
        await bench.Until(() => bench.Status is { Done: 20, Settling: 0 }, 90);

        Assert.Equal(20, runs.Count);
        await AssertWorksOnAsync(bench, url, "receive");
    });

    [Theory]
    [MemberData(nameof(BatchFaults))]
    [InlineData(Fate.Missing)]
    public void Extending_goes_on_after(Fate fate) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        var runs = new Runs();
        await StartAsync(bench, runs, async (_, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(25), bench.Time, cancel);
            return Outcome.Done;
        });
        await OutageAsync(bench, url, "ChangeMessageVisibilityBatch", fate, atMost: 900);
        await bench.Until(() => bench.Status is { Done: 20, Settling: 0 }, 90);

        // An answer that names half of the entries every time leaves nothing unconfirmed for long.
        Assert.Equal(fate == Fate.Missing, bench.Status.LeasesLost == 0);
        await AssertWorksOnAsync(bench, url, fate == Fate.Missing ? null : "extend visibility");
    });

    [Theory]
    [MemberData(nameof(BatchFaults))]
    [InlineData(Fate.Missing)]
    public void Deleting_goes_on_after(Fate fate) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        var runs = new Runs();
        await StartAsync(bench, runs, static (_, _) => ValueTask.FromResult(Outcome.Done));
        await OutageAsync(bench, url, "DeleteMessageBatch", fate, atMost: 400);
        await bench.Until(() => bench.Status is { Done: 20, Settling: 0 }, 30);

        Assert.Equal(20, runs.Count);
        // Where the queue did what its answer did not tell, its extensions are refused, and nobody can know that they were deleted.
        if (fate is not (Fate.LostAfter or Fate.Strangers or Fate.Twins))
            Assert.Equal(0, bench.Status.Unconfirmed);
        await AssertWorksOnAsync(bench, url, fate == Fate.Missing ? null : "delete");
    });

    [Theory]
    [MemberData(nameof(BatchFaults))]
    [InlineData(Fate.Missing)]
    public void Giving_back_goes_on_after(Fate fate) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        var runs = new Runs();
        await StartAsync(bench, runs, static (message, _) =>
            ValueTask.FromResult(message.Attempt == 1 ? Outcome.Retry(TimeSpan.FromSeconds(1)) : Outcome.Done));
        await OutageAsync(bench, url, "ChangeMessageVisibilityBatch", fate, atMost: 400);
        await bench.Until(() => bench.Status is { Done: 20, Settling: 0 }, 30);

        // What could not be given back in time came again by itself when its lease was over.
        Assert.Equal(40, runs.Count);
        await AssertWorksOnAsync(bench, url, fate == Fate.Missing ? null : "give back");
    });

    [Theory]
    [MemberData(nameof(Faults))]
    public void Copying_to_the_dead_letter_queue_goes_on_after(Fate fate) => Bench.Run(async bench =>
    {
        string dead = await bench.QueueAsync("dead");
        string arn = (await bench.Direct.GetQueueAttributesAsync(dead, ["QueueArn"])).Attributes["QueueArn"];
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"), ("RedrivePolicy", $$"""{"deadLetterTargetArn":"{{arn}}","maxReceiveCount":100}"""));
        var runs = new Runs();
        await StartAsync(bench, runs, static (message, _) =>
            ValueTask.FromResult(message.Body.StartsWith("bad", StringComparison.Ordinal) ? Outcome.Reject("bad") : Outcome.Done));
        await OutageAsync(bench, url, "SendMessage", fate, atMost: 800, body: "bad");
        await bench.Until(() => bench.Status is { Rejected: 20, Settling: 0 }, 900);
        (int copies, _, _) = await bench.DepthAsync(dead);
        // A copy whose answer was lost is made again.
        Assert.True(fate == Fate.LostAfter ? copies > 20 : copies == 20, $"{copies} copies");
        await AssertWorksOnAsync(bench, url, "reject", body: "bad");
    });

    // Its messages come while the calls of one kind fail; another queue is served all the while.
    private static async Task OutageAsync(Bench bench, string url, string action, Fate fate, int atMost, string body = "order")
    {
        string other = await bench.QueueAsync("other");
        bench.Faults.Rule = (called, _) => called == action ? fate : Fate.Works;
        int before = bench.Faults.Count(action);
        for (int i = 0; i < 20; i++)
        {
            await bench.SendAsync(url, $"{body} {i}");
            await bench.SendAsync(other, "x");
            await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == i + 1, 2);
            await bench.Pass(Outage / 20.0);
        }
        Assert.Equal(QueueHealth.Healthy, bench.Worker.GetStatus().Queues[1].Health);
        // Trying on is not hammering.
        Assert.InRange(bench.Faults.Count(action) - before, 1, atMost);
        bench.Faults.Rule = static (_, _) => Fate.Works;
    }

    private static async Task AssertWorksOnAsync(Bench bench, string url, string? what, string body = "order")
    {
        long ended = bench.Status.Done + bench.Status.Rejected;
        for (int i = 0; i < 5; i++)
            await bench.SendAsync(url, $"{body} again {i}");
        await bench.Until(() => bench.Status is { Settling: 0 } now && now.Done + now.Rejected == ended + 5, 90);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
        // What failed last may have nothing more to be called for: then it is forgotten.
        await bench.Until(() => bench.Status.Health == QueueHealth.Healthy, 121);

        string[] said = [.. bench.Log.Lines.Where(static l => l.Id is 10 or 11).Select(static l => l.Text.Split(" on orders")[0])];
        // Once when it begins and once when it is over, for this kind of call and for others that failed with it.
        Assert.Equal(said.Distinct(), said);
        Assert.Equal(what is null ? [] : new[] { $"Cannot {what}", $"Can {what}" }, said.Where(s => what is null || s.EndsWith(what, StringComparison.Ordinal)));

        await bench.StopAsync();
        WorkerStatus status = bench.Worker.GetStatus();
        Assert.Equal((WorkerState.Stopped, 0, 0, 0, 0L, true), (status.State, status.Running, status.Waiting, status.Settling, status.TasksAlive, status.Sound));
        Assert.All(status.Queues, static q => Assert.Equal((0, 0, 0, 0), (q.Running, q.Waiting, q.Settling, q.LeasesHeld)));
    }

    private static async Task StartAsync(Bench bench, Runs runs, Func<Message<string>, CancellationToken, ValueTask<Outcome>> handle)
    {
        await bench.QueueAsync("other");
        await bench.StartAsync(
            z =>
            {
                z.Concurrency = 40;
                z.Queue("orders", q => q.Handle(Body.Text, async (message, _, cancel) =>
                {
                    using (runs.Begin(message.Id))
                        return await handle(message, cancel);
                }));
                z.Queue("other", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
            },
            services => services.AddKeyedSingleton<IAmazonSQS>("other", bench.Direct));
    }

    /// <summary>Counts runs; no message may run twice at once.</summary>
    private sealed class Runs
    {
        private readonly HashSet<string> _running = [];

        public int Count { get; private set; }

        public IDisposable Begin(string id)
        {
            Count++;
            Assert.True(_running.Add(id), $"{id} runs twice at once");
            return new End(() => _running.Remove(id));
        }

        private sealed class End(Action end) : IDisposable
        {
            public void Dispose() => end();
        }
    }
}
