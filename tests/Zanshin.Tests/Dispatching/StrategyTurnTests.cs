using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Dispatching;

/// <summary>A polling strategy of the application's is asked outside of the worker's locks: one that blocks, or looks at the worker, holds up nothing but its own group's turns, and those for a second.</summary>
public class StrategyTurnTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_strategy_that_never_answers_holds_up_no_other_group_no_lease_and_no_status_and_its_own_for_a_second()
    {
        using var asked = new ManualResetEventSlim();
        using var never = new ManualResetEventSlim();
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                z.Timeout = TimeSpan.FromSeconds(4);
                z.Group("a", g =>
                {
                    g.Concurrency = 1;
                    g.Polling = Polling.By("never", () => new Strategy(() =>
                    {
                        asked.Set();
                        never.Wait(Patience);
                    }));
                    g.Queue("one", q => Works(q));
                    g.Queue("two", q => Works(q));
                });
                z.Queue("other", q => Works(q));
            },
            ["one", "two", "other"],
            each: 30);
        Assert.True(asked.Wait(Patience));
        await real.UntilAsync(() => real.Worker.GetStatus().Queues.All(static q => q.Done == 30));
        Assert.All(real.Worker.GetStatus().Queues, static q => Assert.Equal(0, q.LeasesLost));
        Assert.True(real.Worker.GetStatus().Sound);
        await real.Worker.StopAsync(default).WaitAsync(TimeSpan.FromSeconds(20));
        never.Set();
    }

    [Fact]
    public async Task A_strategy_may_look_at_the_worker_from_any_thread()
    {
        ZanshinWorker? worker = null;
        int asked = 0;
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                z.Concurrency = 1;
                z.Polling = Polling.By("curious", () => new Strategy(() =>
                {
                    if (Volatile.Read(ref worker) is { } it)
                    {
                        var looks = new Thread(() => it.GetStatus());
                        looks.Start();
                        Assert.True(looks.Join(Patience));
                    }
                    Interlocked.Increment(ref asked);
                }));
                z.Queue("one", q => Works(q));
                z.Queue("two", q => Works(q));
            },
            ["one", "two"],
            each: 30);
        Volatile.Write(ref worker, real.Worker);
        await real.UntilAsync(() => real.Worker.GetStatus().Queues.All(static q => q.Done == 30));
        Assert.True(asked > 0);
    }

    [Fact]
    public void What_a_strategy_sees_is_of_the_moment_in_which_it_is_asked_and_its_ranks_are_asked_once_a_second() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 40);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 40);
        List<(string, int)> seen = [];
        int ranks = 0;
        await bench.StartAsync(z =>
        {
            z.Concurrency = 2;
            z.Polling = Polling.By("watching", () => new Watching(seen, () => ranks++));
            z.Queue("a", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel)));
            z.Queue("b", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel)).Weight = 7);
        });
        double began = bench.Now();
        await bench.Until(() => bench.Worker.GetStatus().Queues.All(static q => q.Done == 40), 60);
        Assert.Contains(("a", 1), seen);
        Assert.Contains(("b", 7), seen);
        // Two uses, each with two pairs.
        Assert.InRange(ranks, 1, 4 * ((bench.Now() - began) + 2));
    });

    private static QueueBuilder Works(QueueBuilder queue) => queue.Handle(Body.Text, static async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancel));

    private sealed class Strategy(Action onAsk) : PollingStrategy
    {
        public override int Next(IReadOnlyList<QueueTurn> queues)
        {
            onAsk();
            return queues.Count - 1;
        }
    }

    private sealed class Watching(List<(string, int)> seen, Action onRank) : PollingStrategy
    {
        public override int Next(IReadOnlyList<QueueTurn> queues)
        {
            Assert.All(queues, static q => Assert.True(q is { Ready: >= 0, SlotsUsed: >= 0 } && q.Waited >= TimeSpan.Zero));
            seen.AddRange(queues.Select(static q => (q.Name, q.Weight)));
            return 0;
        }

        public override bool Outranks(QueueTurn queue, QueueTurn other)
        {
            onRank();
            return queue.Weight > other.Weight;
        }
    }
}
