using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Dispatching;

/// <summary>One queue's trouble is its own.</summary>
public class FairnessTests
{
    [Fact]
    public void A_queue_whose_handlers_keep_failing_is_given_less_and_gets_it_back() => Bench.Run(async bench =>
    {
        string bad = await bench.QueueAsync("bad"), good = await bench.QueueAsync("good");
        await bench.SendManyAsync(bad, 400);
        bool down = true;
        int runs = 0;
        await bench.StartAsync(z =>
        {
            z.Concurrency = 20;
            z.Queue("bad", q => q.Handle(Body.Text, async (_, _, cancel) =>
            {
                runs++;
                await Task.Delay(TimeSpan.FromMilliseconds(20), bench.Time, cancel);
                if (down)
                    throw new TimeoutException();
            }));
            z.Queue("good", q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues[0].SlotsAllowed == 1, 30);
        runs = 0;
        await bench.Pass(60);
        // An outage does not drive the backlog to the dead-letter queue: one try every 5 s, give or take the jitter.
        Assert.InRange(runs, 5, 40);
        QueueStatus status = bench.Worker.GetStatus().Queues[0];
        Assert.Equal(QueueHealth.Degraded, status.Health);
        Assert.Contains("keep failing", status.Trouble, StringComparison.Ordinal);
        Assert.Single(bench.Log.Lines, static l => l.Id == 32);

        await bench.SendManyAsync(good, 100);
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 100, 2);

        down = false;
        await bench.Until(() => bench.Worker.GetStatus().Queues[0] is { SlotsAllowed: 20, Health: QueueHealth.Healthy }, 60);
        Assert.Single(bench.Log.Lines, static l => l.Id == 33);
        await bench.Until(() => bench.Worker.GetStatus().Queues[0].Done == 400);
    });

    /// <summary>A queue that only went quiet after its failures kept its few slots, and its "keep failing" had no end in the log.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_queue_that_goes_quiet_after_its_failures_has_its_slots_back_and_the_log_says_so(bool paused) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("bad");
        await bench.SendManyAsync(url, 30);
        await bench.StartAsync(static z => z.Queue("bad", static q =>
        {
            q.Retry(Backoff.Delays(TimeSpan.FromHours(2)));
            q.Handle(Body.Text, static (_, _, _) => ValueTask.FromException(new TimeoutException()));
        }));
        await bench.Until(() => bench.Status is { Retried: 30, Settling: 0 }, 600);
        double last = bench.Now();
        if (paused)
            bench.Worker.Queue("bad").Pause();
        Assert.Single(bench.Log.Lines, static l => l.Id == 32);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 33);
        Assert.Equal(QueueHealth.Degraded, bench.Status.Health);
        await bench.Until(() => bench.Log.Lines.Any(static l => l.Id == 33));
        Assert.InRange(bench.Now() - last, 100, 125);
        Assert.Equal((10, QueueHealth.Healthy), (bench.Status.SlotsAllowed, bench.Status.Health));
        await bench.Pass(3600);
        Assert.Equal("Queue bad has all its slots back: nothing of it has failed, run or waited for 2 minutes", Assert.Single(bench.Log.Lines, static l => l.Id == 33).Text);
    });

    /// <summary>Three minutes between two failures, because each takes so long: that is not quiet.</summary>
    [Fact]
    public void Handlers_that_fail_slowly_keep_failing() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("bad");
        await bench.SendManyAsync(url, 100);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 4;
            z.Queue("bad", q => q.Handle(Body.Text, async (_, _, cancel) =>
            {
                await Task.Delay(TimeSpan.FromMinutes(3), bench.Time, cancel);
                throw new TimeoutException();
            }));
        });
        await bench.Until(() => bench.Status.SlotsAllowed == 1, 7200);
        for (int i = 0; i < 60; i++)
        {
            await bench.Pass(10);
            Assert.Equal(QueueHealth.Degraded, bench.Status.Health);
        }
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 33);
    });

    [Fact]
    public void A_limit_that_leaves_nothing_to_give_back_ends_it_too() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("bad");
        await bench.SendManyAsync(url, 400);
        await bench.StartAsync(z => z.Queue("bad", q => q.Handle(Body.Text, async (_, _, cancel) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel);
            throw new TimeoutException();
        })));
        await bench.Until(() => bench.Status.SlotsAllowed < 10, 30);
        Assert.Single(bench.Log.Lines, static l => l.Id == 32);
        bench.Worker.Queue("bad").Concurrency = bench.Status.SlotsAllowed;
        await bench.Until(() => bench.Log.Lines.Count(static l => l.Id is 33) == 1, 600);
        await bench.Pass(600);
        Assert.InRange(bench.Log.Lines.Count(static l => l.Id == 32) - bench.Log.Lines.Count(static l => l.Id == 33), 0, 1);
    });

    // Found by the simulation (seed 202076): its receives stood back for ever while another queue's backlog took every slot that came free.
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public void A_queue_that_has_failed_is_asked_again_beside_anothers_backlog(int concurrency) => Bench.Run(async bench =>
    {
        string bad = await bench.QueueAsync("bad"), good = await bench.QueueAsync("good");
        await bench.SendManyAsync(bad, 10);
        bool down = true;
        await bench.StartAsync(z =>
        {
            z.Concurrency = concurrency;
            z.Queue("bad", q =>
            {
                q.Retry(Backoff.Delays(TimeSpan.FromSeconds(5)));
                q.Handle(Body.Text, (_, _, _) => down ? throw new TimeoutException() : ValueTask.CompletedTask);
            });
            z.Queue("good", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel)));
        });
        await bench.Until(() => bench.Status is { SlotsAllowed: 1, Running: 0, Waiting: 0, Trouble: not null }, 60);
        // Two minutes of work.
        await bench.SendManyAsync(good, 1_200 * concurrency);
        await bench.Pass(10);
        down = false;
        await bench.Until(() => bench.Status.Done == 10, 60);
        Assert.True(bench.Worker.GetStatus().Queues[1].Done < 1_000 * concurrency);
    });

    [Fact]
    public void A_failing_queue_that_is_empty_again_is_still_asked() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("bad");
        bool down = true;
        await bench.StartAsync(z => z.Queue("bad", q =>
        {
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1)));
            q.Handle(Body.Text, (_, _, _) => down ? throw new TimeoutException() : ValueTask.CompletedTask);
        }));
        await bench.SendManyAsync(url, 1);
        await bench.Until(() => bench.Status.SlotsAllowed == 1, 600);
        down = false;
        await bench.Until(() => bench.Status.Done == 1, 60);
        await bench.Pass(100);
        await bench.SendAsync(url, "more");
        await bench.Until(() => bench.Status.Done == 2, 1);
    });

    [Fact]
    public void A_queue_whose_deletes_fail_does_not_stop_another_with_a_backlog() => Bench.Run(async bench =>
    {
        string bad = await bench.QueueAsync("bad", ("VisibilityTimeout", "600")), good = await bench.QueueAsync("good");
        await bench.SendManyAsync(bad, 200);
        await bench.SendManyAsync(good, 500);
        bench.Faults.RuleOf = (action, queue, _) => action == "DeleteMessageBatch" && queue == "bad" ? Fate.ServerError : Fate.Works;
        await bench.StartAsync(z =>
        {
            foreach (string queue in (string[])["bad", "good"])
                z.Queue(queue, q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel)));
        });
        // 500 messages of 100 ms on 10 slots are 5 s, and twice that while they share.
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 500, 15);
        Assert.True(bench.Worker.GetStatus().Queues[0].Settling > 30);
        // And one that is idle at first is seen.
        await bench.Pass(60);
        await bench.SendManyAsync(good, 20);
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 520, 2);
        bench.Faults.RuleOf = null;
    });

    [Fact]
    public void A_fifo_group_that_fills_its_lane_does_not_stop_another_queue() => Bench.Run(async bench =>
    {
        string fifo = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "600")), good = await bench.QueueAsync("good");
        await bench.SendManyAsync(fifo, 300, static i => $"g{i % 30}");
        await bench.SendManyAsync(good, 300);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 4;
            z.Queue("a.fifo", q => q.Handle(Body.Text, static (m, _, _) =>
                ValueTask.FromResult(m.Attempt == 1 ? Outcome.Retry(TimeSpan.FromSeconds(30)) : Outcome.Done)));
            z.Queue("good", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel)));
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 300, 20);
        await bench.Until(() => bench.Worker.GetStatus().Queues[0].Done == 300);
    });

    [Fact]
    public void While_a_failing_queue_pauses_its_only_slot_is_another_queues() => Bench.Run(async bench =>
    {
        string bad = await bench.QueueAsync("bad"), good = await bench.QueueAsync("good");
        await bench.SendManyAsync(bad, 100);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 1;
            z.Queue("bad", static q => q.Handle(Body.Text, static ValueTask<Outcome> (_, _, _) => throw new TimeoutException()));
            z.Queue("good", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(700), bench.Time, cancel)));
        });
        await bench.Pass(60);
        await bench.SendManyAsync(good, 40);
        // 28 s of work.
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 40, 35);
    });

    [Fact]
    public void A_batch_that_gathers_leaves_its_slot_to_others_meanwhile() => Bench.Run(async bench =>
    {
        string mail = await bench.QueueAsync("mail"), good = await bench.QueueAsync("good");
        await bench.StartAsync(z =>
        {
            z.Concurrency = 1;
            z.Queue("mail", static q => q.HandleBatch(Body.Text, static (_, _, _) => ValueTask.FromResult<BatchOutcome>(Outcome.Done), gather: TimeSpan.FromMinutes(5)));
            z.Queue("good", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromSeconds(3), bench.Time, cancel)));
        });
        await bench.SendManyAsync(mail, 6);
        await bench.Pass(1);
        await bench.SendManyAsync(good, 40);
        // 120 s of work.
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 40, 130);
        await bench.Until(() => bench.Worker.GetStatus().Queues[0].Done == 6, 181);
    });

    [Fact]
    public void A_queue_that_nothing_more_comes_to_is_not_called_failing_for_ever() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "poison");
        int runs = 0;
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(1)));
            q.Reject = RejectPolicy.Delete;
            q.Handle(Body.Text, (_, _, _) => ++runs < 30 ? throw new TimeoutException() : ValueTask.FromResult(Outcome.Reject("no")));
        }));
        await bench.Until(() => bench.Status.SlotsAllowed == 1, 120);
        Assert.Equal(QueueHealth.Degraded, bench.Status.Health);
        await bench.Until(() => bench.Status.Rejected == 1, 300);
        await bench.Pass(121);
        Assert.Equal((QueueHealth.Healthy, null), (bench.Status.Health, bench.Status.Trouble));
    });
}
