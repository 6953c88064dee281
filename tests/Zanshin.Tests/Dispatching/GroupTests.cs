using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Dispatching;

/// <summary>Groups of queues: slots of their own, and the order of their queues' turns.</summary>
public class GroupTests
{
    [Fact]
    public void Each_group_has_slots_of_its_own() => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["a", "b", "mail"])
            await bench.SendManyAsync(await bench.QueueAsync(name), 50);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 5;
            z.Queue("mail", q => Works(q, bench, 1_000));
            z.Group("bulk", g =>
            {
                g.Concurrency = 3;
                g.Queue("a", q => Works(q, bench, 1_000));
                g.Queue("b", q => Works(q, bench, 1_000));
            });
        });
        await bench.Pass(0.5);

        WorkerStatus status = bench.Worker.GetStatus();
        Assert.Equal([("default", 5, 5), ("bulk", 3, 3)], status.Groups.Select(static g => (g.Name, g.Concurrency, g.SlotsUsed)));
        Assert.Equal(8, status.Concurrency);
        Assert.Equal(["a", "b"], status.Groups[1].Queues);
        Assert.Equal("bulk", status.Queues.Single(static q => q.Name == "a").Group);
        await bench.Until(() => bench.Worker.GetStatus().Queues.All(static q => q.Done == 50));
    });

    [Fact]
    public void Under_a_limit_over_all_groups_take_turns() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 2_000);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 2_000);
        await bench.StartAsync(z =>
        {
            z.MaxConcurrency = 10;
            z.Group("one", g => g.Concurrency = 8).Group("two", g => g.Concurrency = 8);
            z.Group("one", g => g.Queue("a", q => Works(q, bench, 100)));
            z.Group("two", g => g.Queue("b", q => Works(q, bench, 100)));
        });
        int most = 0;
        for (int i = 0; i < 100; i++)
        {
            await bench.Pass(0.1);
            most = Math.Max(most, bench.Worker.GetStatus().SlotsUsed);
        }
        Assert.Equal(10, most);
        IReadOnlyList<QueueStatus> queues = bench.Worker.GetStatus().Queues;
        Assert.InRange(queues[0].Done, 450, 550);
        Assert.InRange(queues[1].Done, 450, 550);
    });

    [Fact]
    public void A_group_that_has_nothing_leaves_the_limit_over_all_to_the_others() => Bench.Run(async bench =>
    {
        string a = await bench.QueueAsync("a"), b = await bench.QueueAsync("b");
        await bench.SendManyAsync(a, 100);
        await bench.StartAsync(z =>
        {
            z.MaxConcurrency = 2;
            z.Queue("a", q => Works(q, bench, 100));
            z.Group("two", g => g.Queue("b", q => Works(q, bench, 100)));
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues[0].Done == 100, 6);
        await bench.SendManyAsync(b, 10);
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 10, 2);
    });

    [Theory]
    [InlineData(8, 1)]
    [InlineData(3, 2)]
    [InlineData(1, 1)]
    public void Full_queues_are_worked_by_their_weights(int first, int second) => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 3_000);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 3_000);
        await bench.StartAsync(z =>
        {
            z.Queue("a", q => Works(q, bench, 100).Weight = first);
            z.Queue("b", q => Works(q, bench, 100).Weight = second);
        });
        await bench.Pass(20);
        IReadOnlyList<QueueStatus> queues = bench.Worker.GetStatus().Queues;
        double share = (double)first / (first + second), is_ = (double)queues[0].Done / (queues[0].Done + queues[1].Done);
        Assert.InRange(is_, share - 0.06, share + 0.06);
        // Weights cost nothing: the slots are busy.
        Assert.InRange(queues[0].Done + queues[1].Done, 1_900, 2_000);
    });

    // Being called second was a turn too, and the middle one of three never got the slot that was free.
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 2, 3)]
    public void Three_full_queues_with_slow_handlers_share_one_slot_by_their_weights(params int[] weights) => Bench.Run(async bench =>
    {
        string[] names = ["a", "b", "c"];
        foreach (string name in names)
            await bench.SendManyAsync(await bench.QueueAsync(name), 200);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 1;
            foreach ((string name, int weight) in names.Zip(weights))
                z.Queue(name, q => Works(q, bench, 10_000).Weight = weight);
        });
        await bench.Pass(1_200);
        IReadOnlyList<QueueStatus> queues = bench.Worker.GetStatus().Queues;
        Assert.InRange(queues.Sum(static q => q.Done), 110, 120);
        Assert.All(queues.Zip(weights), q => Assert.InRange(q.First.Done / 120.0, (double)q.Second / weights.Sum() - 0.06, (double)q.Second / weights.Sum() + 0.06));
    });

    [Fact]
    public void With_strict_priority_the_lower_queue_waits_for_the_higher_one() => Bench.Run(async bench =>
    {
        string high = await bench.QueueAsync("high"), low = await bench.QueueAsync("low");
        await bench.SendManyAsync(low, 300);
        await bench.SendManyAsync(high, 600);
        await bench.StartAsync(z =>
        {
            z.Polling = Polling.StrictPriority;
            z.Queue("low", q => Works(q, bench, 100));
            z.Queue("high", q => Works(q, bench, 100).Weight = 5);
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done >= 500, 10);
        // What the first receive of each brought, when nothing was known of the others.
        Assert.InRange(bench.Worker.GetStatus().Queues[0].Done, 0, 20);
        await bench.Until(() => bench.Worker.GetStatus().Queues[0].Done == 300, 20);
    });

    [Fact]
    public void Strict_priority_within_a_time_does_not_let_the_lower_queue_starve() => Bench.Run(async bench =>
    {
        string high = await bench.QueueAsync("high"), low = await bench.QueueAsync("low");
        await bench.SendManyAsync(high, 6_000);
        await bench.StartAsync(z =>
        {
            z.Polling = Polling.StrictPriorityWithin(TimeSpan.FromSeconds(5));
            z.Queue("low", q => Works(q, bench, 100));
            z.Queue("high", q => Works(q, bench, 100).Weight = 5);
        });
        await bench.Pass(10);
        await bench.SendManyAsync(low, 30);
        await bench.Until(() => bench.Worker.GetStatus().Queues[0].Done == 30, 40);
        Assert.True(bench.Worker.GetStatus().Queues[1].Done < 6_000);
    });

    [Fact]
    public void An_own_strategy_gives_the_turns() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 100);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 100);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 1;
            z.Polling = Polling.By("last", static () => new LastFirst());
            z.Queue("a", q => Works(q, bench, 100));
            z.Queue("b", q => Works(q, bench, 100));
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 100, 30);
        Assert.InRange(bench.Worker.GetStatus().Queues[0].Done, 0, 15);
    });

    [Fact]
    public void A_strategy_that_fails_holds_up_nothing_and_is_reported_once() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 30);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 30);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 2;
            z.Polling = Polling.By("broken", static () => new Broken());
            z.Queue("a", q => Works(q, bench, 50));
            z.Queue("b", q => Works(q, bench, 50));
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues.All(static q => q.Done == 30), 60);
        Assert.InRange(bench.Log.Lines.Count(static l => l.Id == 41), 1, 2);
    });

    [Fact]
    public void An_empty_queue_rests_for_its_delay() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("a");
        await bench.QueueAsync("b");
        await bench.StartAsync(z =>
        {
            z.Delay = TimeSpan.FromSeconds(4);
            z.Queue("a", q => Works(q, bench, 1).WaitTime = TimeSpan.FromSeconds(1));
            z.Group("quick", g =>
            {
                g.Delay = TimeSpan.Zero;
                g.Queue("b", q => Works(q, bench, 1).WaitTime = TimeSpan.FromSeconds(1));
            });
        });
        await bench.Pass(50);
        Assert.InRange(bench.Worker.GetStatus().Queues[0].Receives, 9, 11);
        Assert.InRange(bench.Worker.GetStatus().Queues[1].Receives, 45, 52);
    });

    [Fact]
    public void The_end_of_a_FIFO_message_ends_the_rest_of_its_queue() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo");
        // More of one group than one receive brings: the queue has nothing until those are done.
        await bench.SendManyAsync(url, 25, static _ => "g");
        await bench.StartAsync(z =>
        {
            z.Delay = TimeSpan.FromMinutes(10);
            z.Queue("a.fifo", q => Works(q, bench, 500).WaitTime = TimeSpan.FromSeconds(1));
        });
        await bench.Until(() => bench.Status.Done == 25, 120);
    });

    private static QueueBuilder Works(QueueBuilder queue, Bench bench, int milliseconds) =>
        queue.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), bench.Time, cancel));

    private sealed class LastFirst : PollingStrategy
    {
        public override int Next(IReadOnlyList<QueueTurn> queues) => queues.Count - 1;
    }

    private sealed class Broken : PollingStrategy
    {
        private int _asked;

        public override int Next(IReadOnlyList<QueueTurn> queues) => _asked++ % 2 == 0 ? throw new InvalidOperationException() : 7;
    }
}
