using System.Threading.RateLimiting;
using Amazon.SQS;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Zanshin.LocalQueue;
using Zanshin.Testing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Dispatching;

/// <summary>Limiters of the application are asked outside of the worker's locks: turns go as if they had answered at once, and one that does not answer holds up only what asks it.</summary>
public class LimiterTurnTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_queue_with_a_limiter_has_its_priority_over_all_free_slots() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("urgent"), 8);
        await bench.SendManyAsync(await bench.QueueAsync("bulk"), 8);
        using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 100 });
        await bench.StartAsync(z =>
        {
            (z.Concurrency, z.Polling) = (8, Polling.StrictPriority);
            z.MaxConcurrency = 1;
            z.Queue("urgent", q => Works(q, bench, 60_000).LimitRate(limiter).Weight = 2);
            z.Queue("bulk", q => Works(q, bench, 60_000));
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues.All(static q => q.Received == 8), 300);
        bench.Worker.MaxConcurrency = 9;
        await bench.Pass(1);
        Assert.InRange(bench.Worker.GetStatus().Queues[0].Running, 7, 8);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Groups_share_the_worker_s_slots_evenly_also_when_one_of_them_has_a_limiter(int slots) => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["limited", "free"])
            await bench.SendManyAsync(await bench.QueueAsync(name), 300);
        using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 100 });
        await bench.StartAsync(z =>
        {
            (z.Concurrency, z.MaxConcurrency) = (5, slots);
            z.Group("a", g => g.Queue("limited", q => Works(q, bench, 100).LimitRate(limiter)));
            z.Group("b", g => g.Queue("free", q => Works(q, bench, 100)));
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues.Sum(static q => q.Done) >= 150);
        Assert.All(bench.Worker.GetStatus().Queues, static q => Assert.InRange(q.Done, 60, 90));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Queues_keep_their_weights_also_when_they_have_limiters(bool shared) => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["a", "b"])
            await bench.SendManyAsync(await bench.QueueAsync(name), 300);
        using var one = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 100 });
        using var other = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 100 });
        await bench.StartAsync(z =>
        {
            z.Concurrency = 1;
            z.Queue("a", q => Works(q, bench, 100).LimitRate(one).Weight = 3);
            z.Queue("b", q => Works(q, bench, 100).LimitRate(shared ? one : other));
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues.Sum(static q => q.Done) >= 200);
        Assert.InRange(bench.Status.Done, 135, 165);
        await bench.StopAsync();
        Assert.Equal((100L, 100L), (one.GetStatistics()!.CurrentAvailablePermits, other.GetStatistics()!.CurrentAvailablePermits));
    });

    [Theory]
    [InlineData("queue")]
    [InlineData("group")]
    [InlineData("worker")]
    public async Task A_limiter_that_never_answers_holds_up_only_what_asks_it(string of)
    {
        using var asked = new ManualResetEventSlim();
        using var never = new ManualResetEventSlim();
        using var limiter = new CalledLimiter(() =>
        {
            asked.Set();
            never.Wait(Patience);
        });
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                (z.Concurrency, z.Timeout) = (2, TimeSpan.FromSeconds(4));
                z.Group("a", g =>
                {
                    g.Concurrency = 1;
                    if (of == "group")
                        g.LimitRate(limiter);
                    g.Queue("limited", q =>
                    {
                        Works(q);
                        if (of == "queue")
                            q.LimitRate(limiter);
                    });
                    g.Queue("beside", q => Works(q));
                });
                z.Queue("other", q => Works(q));
                if (of == "worker")
                    z.LimitRate(limiter);
            },
            ["limited", "beside", "other"],
            each: 30);
        Assert.True(asked.Wait(Patience));
        string[] go = of switch { "queue" => ["beside", "other"], "group" => ["other"], _ => [] };
        await real.UntilAsync(() => real.Worker.GetStatus().Queues.Where(q => go.Contains(q.Name)).All(static q => q.Done == 30));
        Assert.All(real.Worker.GetStatus().Queues.Where(q => !go.Contains(q.Name)), static q => Assert.Equal((0, 0), (q.Done, q.LeasesLost)));
        await real.UntilAsync(() => real.Log.Lines.Any(static l => l.Id == 90));
        Assert.True(real.Worker.GetStatus().Sound);

        await real.Worker.StopAsync(default).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains(real.Log.Lines, static l => l.Id == 91);
        Assert.Equal(WorkerState.Stopped, real.Worker.GetStatus().State);
        // What it gives after the stop goes back.
        never.Set();
        await real.UntilAsync(() => real.Worker.GetStatus().TasksAlive == 0 && limiter.Out == 0);
    }

    [Fact]
    public async Task A_permit_that_blocks_when_it_is_given_back_keeps_no_slot_and_no_stop()
    {
        using var never = new ManualResetEventSlim();
        using var limiter = new CalledLimiter(static () => { }, () => never.Wait(Patience));
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                (z.Concurrency, z.Timeout) = (1, TimeSpan.FromSeconds(4));
                z.Queue("limited", q => Works(q).LimitRate(limiter));
                z.Queue("beside", q => Works(q));
            },
            ["limited", "beside"],
            each: 20);
        await real.UntilAsync(() => real.Worker.GetStatus().Queues is [{ Done: 1 }, { Done: 20 }]);
        await real.Worker.StopAsync(default).WaitAsync(TimeSpan.FromSeconds(20));
        never.Set();
        await real.UntilAsync(() => real.Worker.GetStatus().TasksAlive == 0 && limiter.Out == 0);
    }

    // Each second slot that is free would be taken by others while it is asked: it would have a permit and never a slot.
    [Fact]
    public async Task A_slow_limiter_holds_up_no_other_queue_and_its_own_still_has_its_turns()
    {
        using var limiter = new CalledLimiter(static () => Rest(30));
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                z.Concurrency = 2;
                z.Queue("slow", q => Works(q).LimitRate(limiter));
                z.Queue("beside", q => Works(q));
            },
            ["slow", "beside"],
            each: 2_000);
        await real.UntilAsync(() => real.Worker.GetStatus().Queues[0].Done >= 20);
        long beside = real.Worker.GetStatus().Queues[1].Done;
        Assert.True(beside >= 100, $"only {beside} beside 20 that took 30 ms each to be allowed");
    }

    [Fact]
    public async Task Two_slow_limiters_of_one_queue_both_count()
    {
        using var one = new CalledLimiter(static () => Rest(20));
        using var other = new CalledLimiter(static () => Rest(20));
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                z.Concurrency = 3;
                z.Queue("slow", q => Works(q).LimitRate(one).LimitRate(other));
                z.Queue("beside", q => Works(q).LimitRate(other));
            },
            ["slow", "beside"],
            each: 20);
        await real.UntilAsync(() => real.Worker.GetStatus().Queues.All(static q => q.Done == 20));
        await real.UntilAsync(() => one.Out == 0 && other.Out == 0);
    }

    private static QueueBuilder Works(QueueBuilder queue, Bench bench, int milliseconds) =>
        queue.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), bench.Time, cancel));

    private static QueueBuilder Works(QueueBuilder queue) => queue.Handle(Body.Text, static async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancel));

    private static void Rest(int milliseconds)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(milliseconds);
    }
}
