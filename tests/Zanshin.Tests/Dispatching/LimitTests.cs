using System.Threading.RateLimiting;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Dispatching;

/// <summary>Limits to how many and how often: of queues, groups and the worker, also while it works.</summary>
public class LimitTests
{
    [Fact]
    public void A_queue_takes_no_more_slots_than_its_own_and_its_receives_stay_full() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 400);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 3_000);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 20;
            z.Queue("a", q => Works(q, bench, 50).Concurrency = 3);
            z.Queue("b", q => Works(q, bench, 50));
        });
        int most = 0, all = 0;
        while (bench.Status.Done < 400)
        {
            await bench.Pass(0.02);
            most = Math.Max(most, bench.Status.SlotsUsed);
            all = Math.Max(all, bench.Worker.GetStatus().SlotsUsed);
        }
        Assert.Equal(3, most);
        Assert.Equal(20, all);
        Assert.Equal(3, bench.Status.SlotsAllowed);
        Assert.InRange(bench.Status.Receives, 40, 60);
    });

    [Fact]
    public void A_rate_limit_holds_back_the_starts_and_nothing_is_hoarded() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 500);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 500);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 50;
            z.Queue("a", q => Works(q, bench, 20).RateLimit = 5);
            z.Queue("b", q => Works(q, bench, 20));
        });
        int waiting = 0;
        for (int i = 0; i < 400; i++)
        {
            await bench.Pass(0.1);
            if (i > 20)
                waiting = Math.Max(waiting, bench.Status.Waiting);
        }
        // A second's worth at once, then 5 a second for 40 s.
        Assert.InRange(bench.Status.Done, 195, 206);
        Assert.InRange(waiting, 0, 10);
        Assert.Equal(500, bench.Worker.GetStatus().Queues[1].Done);
    });

    [Fact]
    public void The_rates_of_group_and_worker_count_for_all_their_queues() => Bench.Run(async bench =>
    {
        foreach (string name in (string[])["a", "b", "c"])
            await bench.SendManyAsync(await bench.QueueAsync(name), 300);
        await bench.StartAsync(z =>
        {
            z.RateLimit = 30;
            z.Group("slow", g =>
            {
                g.RateLimit = 10;
                g.Queue("a", q => Works(q, bench, 10));
                g.Queue("b", q => Works(q, bench, 10));
            });
            z.Queue("c", q => Works(q, bench, 10));
        });
        await bench.Pass(10);
        IReadOnlyList<QueueStatus> queues = bench.Worker.GetStatus().Queues;
        Assert.InRange(queues[0].Done + queues[1].Done, 85, 112);
        Assert.InRange(queues.Sum(static q => q.Done), 310, 332);
    });

    [Fact]
    public void A_limiter_of_the_application_is_shared_and_gets_every_permit_back() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 100);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 100);
        using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 3 });
        await bench.StartAsync(z =>
        {
            z.Concurrency = 20;
            z.Queue("a", q => Works(q, bench, 100).LimitRate(limiter));
            z.Queue("b", q => Works(q, bench, 100).LimitRate(limiter));
        });
        int most = 0;
        while (bench.Worker.GetStatus().Queues.Sum(static q => q.Done) < 200)
        {
            await bench.Pass(0.05);
            most = Math.Max(most, bench.Worker.GetStatus().SlotsUsed);
        }
        Assert.Equal(3, most);
        await bench.StopAsync();
        Assert.Equal(3, limiter.GetStatistics()!.CurrentAvailablePermits);
    });

    // A permit that was kept for a queue whose rate refused it was one that nobody could use.
    [Fact]
    public void A_queue_that_its_rate_refuses_keeps_no_permit_of_a_shared_limiter() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 20);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 100);
        using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1 });
        await bench.StartAsync(z =>
        {
            z.Group("slow", g =>
            {
                g.RateLimit = 1.0 / 60;
                g.Queue("a", q => Works(q, bench, 10).LimitRate(limiter));
            });
            z.Queue("b", q => Works(q, bench, 10).LimitRate(limiter));
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 100, 30);
        Assert.InRange(bench.Worker.GetStatus().Queues[0].Done, 1, 2);
    });

    // It kept the permit of the first for as long as the second refused it: two queues with the same two could wait for each other for ever.
    [Fact]
    public void A_queue_that_waits_for_one_limiter_holds_no_permit_of_another() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 5);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 5);
        using var one = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1 });
        using var other = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1 });
        RateLimitLease taken = other.AttemptAcquire();
        await bench.StartAsync(z =>
        {
            z.Queue("a", q => Works(q, bench, 10).LimitRate(one).LimitRate(other));
            z.Queue("b", q => Works(q, bench, 10).LimitRate(other).LimitRate(one));
        });
        await bench.Pass(1);
        Assert.Equal(1, one.GetStatistics()!.CurrentAvailablePermits);
        Assert.Equal(0, bench.Worker.GetStatus().SlotsUsed);
        taken.Dispose();
        await bench.Until(() => bench.Worker.GetStatus().Queues.All(static q => q.Done == 5), 5);
        Assert.Equal((1L, 1L), (one.GetStatistics()!.CurrentAvailablePermits, other.GetStatistics()!.CurrentAvailablePermits));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_queue_that_waits_for_one_limiter_wastes_no_permit_that_does_not_come_back(bool tokensFirst) => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 5);
        using var tokens = new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions { TokenLimit = 5, TokensPerPeriod = 1, ReplenishmentPeriod = TimeSpan.FromDays(1), AutoReplenishment = false });
        using var one = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1 });
        RateLimitLease taken = one.AttemptAcquire();
        await bench.StartAsync(z => z.Queue("a", q => Works(q, bench, 10).LimitRate(tokensFirst ? tokens : one).LimitRate(tokensFirst ? one : tokens)));
        await bench.Pass(10);
        taken.Dispose();
        await bench.Until(() => bench.Status.Done == 5, 5);
    });

    [Fact]
    public void A_rate_that_gives_a_start_in_a_thousand_years_is_a_limit_like_others() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 2);
        await bench.StartAsync(z => z.Queue("a", q => Works(q, bench, 10).RateLimit = 1e-300));
        await bench.Pass(60);
        Assert.Equal((1, 1, QueueHealth.Healthy), (bench.Status.Done, bench.Status.Waiting, bench.Status.Health));
        bench.Worker.Queue("a").RateLimit = 100;
        await bench.Until(() => bench.Status.Done == 2, 5);
    });

    // One that held as many as it may behind its resting heads, and whose last receive had come back empty, kept everybody else from receiving.
    [Fact]
    public void A_queue_that_holds_too_many_does_not_keep_the_others_from_receiving() => Bench.Run(async bench =>
    {
        string fifo = await bench.QueueAsync("a.fifo"), b = await bench.QueueAsync("b");
        await bench.StartAsync(z =>
        {
            z.Queue("a.fifo", q =>
            {
                q.WaitTime = TimeSpan.FromSeconds(1);
                q.Handle(Body.Text, async (message, _, cancel) =>
                {
                    if (message.Group == "g8")
                        await Task.Delay(TimeSpan.FromSeconds(3), bench.Time, cancel);
                    return Outcome.Retry(TimeSpan.FromSeconds(29));
                });
            });
            z.Queue("b", q => Works(q, bench, 100));
        });
        // Nine groups of ten: as many as ten slots hold. The head of the last one is at work while SQS has no more, and rests then too.
        for (int group = 0; group < 9; group++)
        {
            await bench.Direct.SendMessageBatchAsync(fifo, [.. Enumerable.Range(0, 10).Select(i =>
                new Amazon.SQS.Model.SendMessageBatchRequestEntry($"{i}", "x") { MessageGroupId = $"g{group}", MessageDeduplicationId = $"{group}-{i}" })]);
            await bench.Pass(1.2);
            Assert.Equal(10 * (group + 1), bench.Status.Received);
        }
        await bench.Until(() => bench.Status is { SlotsUsed: 0, Waiting: 90 }, 5);
        await bench.Pass(3);
        await bench.SendManyAsync(b, 400);
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 400, 10);
    });

    [Fact]
    public void A_shorter_delay_ends_the_rest_that_is_under_way() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a");
        await bench.StartAsync(z => z.Queue("a", q =>
        {
            Works(q, bench, 10).WaitTime = TimeSpan.FromSeconds(1);
            q.Delay = TimeSpan.FromMinutes(15);
        }));
        await bench.Pass(5);
        await bench.SendManyAsync(url, 5);
        await bench.Pass(5);
        Assert.Equal(0, bench.Status.Done);
        bench.Worker.Queue("a").Delay = TimeSpan.Zero;
        await bench.Until(() => bench.Status.Done == 5, 2);
    });

    [Fact]
    public void A_limiter_that_fails_holds_up_its_queue_only_and_is_reported_once() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 5);
        await bench.SendManyAsync(await bench.QueueAsync("b"), 5);
        using var limiter = new FailingLimiter();
        await bench.StartAsync(z =>
        {
            z.Queue("a", q => Works(q, bench, 10).LimitRate(limiter));
            z.Queue("b", q => Works(q, bench, 10));
        });
        await bench.Pass(10);
        Assert.Equal([0, 5], bench.Worker.GetStatus().Queues.Select(static q => q.Done));
        Assert.Single(bench.Log.Lines, static l => l.Id == 40);
        limiter.Fails = false;
        await bench.Until(() => bench.Status.Done == 5, 2);
    });

    [Fact]
    public void A_permit_that_fails_when_it_is_let_go_of_fails_no_stop() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a");
        await bench.SendManyAsync(url, 5);
        using var limiter = new FailingLimiter { Fails = false, KeepsPermits = true };
        // Asked first, it gives a permit that the other, which gives one and no more, leaves unused.
        using var one = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1 });
        await bench.StartAsync(z => z.Queue("a", q => Works(q, bench, 10_000).LimitRate(limiter).LimitRate(one)));
        await bench.Until(() => bench.Status is { Running: 1, Waiting: > 0 });
        await bench.Pass(1);
        await bench.StopAsync();

        Assert.Contains(bench.Log.Lines, static l => l.Id == 40);
        Assert.Equal(1, bench.Status.Done);
        Assert.Equal((4, 0, 0), await bench.DepthAsync(url));
        Assert.Equal((WorkerState.Stopped, 0L), (bench.Worker.GetStatus().State, bench.Worker.GetStatus().TasksAlive));
    });

    [Fact]
    public void Limits_that_are_set_before_the_start_hold() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a");
        await bench.SendManyAsync(url, 20);
        bench.Setup(z =>
        {
            (z.Concurrency, z.MaxConcurrency, z.RateLimit) = (10, 8, 500);
            z.Queue("a", q => Works(q, bench, 10_000));
        });
        Assert.Equal((8, 500), (bench.Worker.MaxConcurrency, bench.Worker.RateLimit));
        bench.Worker.MaxConcurrency = 2;
        bench.Worker.RateLimit = null;
        await bench.Worker.StartAsync(default);
        await bench.Pass(5);

        Assert.Equal((2, null), (bench.Worker.MaxConcurrency, bench.Worker.RateLimit));
        Assert.Equal(2, bench.Status.Running);
        bench.Worker.MaxConcurrency = null;
        await bench.Until(() => bench.Status.Running == 10, 5);
    });

    [Theory]
    [InlineData("a")]
    [InlineData("a.fifo")]
    public void A_handler_s_own_limit_lets_the_others_of_its_queue_pass(string name) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync(name);
        int slow = 0, mostSlow = 0, quick = 0, slowDone = 0;
        for (int i = 0; i < 60; i++)
            await bench.SendAsync(url, $"{i}", name == "a" ? null : $"g{i}", i % 2 == 0 ? "slow" : "quick");
        await bench.StartAsync(z => z.Queue(name, q =>
        {
            q.Handle(
                "slow", Body.Text,
                async (_, _, cancel) =>
                {
                    mostSlow = Math.Max(mostSlow, ++slow);
                    await Task.Delay(TimeSpan.FromSeconds(10), bench.Time, cancel);
                    slow--;
                    slowDone++;
                },
                h => h.Concurrency = 2);
            q.Handle("quick", Body.Text, async (_, _, cancel) =>
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), bench.Time, cancel);
                quick++;
            });
        }));
        await bench.Until(() => quick == 30, 9);
        Assert.Equal(0, slowDone);
        await bench.Until(() => bench.Status.Done == 60, 200);
        Assert.Equal(2, mostSlow);
        Assert.Equal(0, bench.Status.LeasesLost);
    });

    [Fact]
    public void What_stands_aside_for_a_handler_s_limit_comes_in_also_when_the_one_before_it_is_gone() => Bench.Run(async bench =>
    {
        string a = await bench.QueueAsync("a", ("VisibilityTimeout", "600")), b = await bench.QueueAsync("b", ("VisibilityTimeout", "43200"));
        List<string> ran = [];
        await bench.StartAsync(z =>
        {
            z.Concurrency = 3;
            z.Queue("a", q => q.Handle(
                Body.Text,
                async (message, _, cancel) =>
                {
                    ran.Add(message.Text);
                    await Task.Delay(TimeSpan.FromSeconds(message.Text == "first" ? 790 : 1), bench.Time, cancel);
                },
                h => h.Concurrency = 1));
            z.Queue("b", q => Works(q, bench, 400_000).Weight = 100);
        });
        await bench.SendAsync(a, "first");
        await bench.Until(() => bench.Status.Running == 1, 5);
        await bench.SendAsync(a, "lost");
        await bench.Until(() => bench.Status.Waiting == 1, 30);
        await bench.Pass(700);
        await bench.SendAsync(a, "last");
        await bench.Until(() => bench.Status.Waiting == 2, 30);
        // One more than there are slots for: it has the turn when the first ends, and what stood aside stands in line.
        await bench.Direct.SendMessageBatchAsync(b, [.. Enumerable.Range(0, 3).Select(static i => new Amazon.SQS.Model.SendMessageBatchRequestEntry($"{i}", "long"))]);
        await bench.Until(() => bench.Status.Done == 1, 200);
        Assert.Equal(3, bench.Worker.GetStatus().Queues[1].Running);

        // The one in line is lost, and somebody else has it.
        bench.Faults.RuleOf = static (action, queue, _) => action == "ChangeMessageVisibilityBatch" && queue == "a" ? Fate.ServerError : Fate.Works;
        await bench.Until(() => bench.Status is { LeasesLost: 1, Waiting: 1 }, 400);
        bench.Faults.RuleOf = null;
        Amazon.SQS.Model.Message taken = (await bench.Direct.ReceiveMessageAsync(new Amazon.SQS.Model.ReceiveMessageRequest { QueueUrl = a, WaitTimeSeconds = 20 })).Messages.Single();
        Assert.Equal("lost", taken.Body);
        await bench.Direct.DeleteMessageAsync(a, taken.ReceiptHandle);

        await bench.Until(() => bench.Status.Done == 2, 600);
        Assert.Equal(["first", "last"], ran);
    });

    [Fact]
    public void A_batch_handler_s_limit_is_its_queue_s() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 60);
        await bench.StartAsync(z => z.Queue("a", q => q.HandleBatch(
            Body.Text,
            async (_, _, cancel) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel);
                return Outcome.Done;
            },
            configure: h => h.Concurrency = 2)));
        int most = 0;
        while (bench.Status.Done < 60)
        {
            await bench.Pass(0.1);
            most = Math.Max(most, bench.Status.SlotsUsed);
        }
        Assert.Equal(2, most);
    });

    [Fact]
    public void A_paused_queue_receives_nothing_until_it_is_resumed() => Bench.Run(async bench =>
    {
        string a = await bench.QueueAsync("a"), b = await bench.QueueAsync("b");
        await bench.StartAsync(z =>
        {
            z.Queue("a", q => Works(q, bench, 10).WaitTime = TimeSpan.FromSeconds(1));
            z.Queue("b", q => Works(q, bench, 10).WaitTime = TimeSpan.FromSeconds(1));
        });
        bench.Worker.Queue("a").Pause();
        bench.Worker.Queue("a").Pause();
        await bench.Pass(2);
        await bench.SendManyAsync(a, 20);
        await bench.SendManyAsync(b, 20);
        await bench.Pass(60);
        Assert.Equal([(true, 0L), (false, 20L)], bench.Worker.GetStatus().Queues.Select(static q => (q.Paused, q.Done)));

        // Not resumed by a resume of the whole worker, which was not for it.
        bench.Worker.Quiet();
        bench.Worker.Resume();
        await bench.Pass(5);
        Assert.Equal(0, bench.Status.Done);
        bench.Worker.Queue("a").Resume();
        await bench.Until(() => bench.Status.Done == 20, 2);
        Assert.Single(bench.Log.Lines, static l => l.Id == 42);
        Assert.Single(bench.Log.Lines, static l => l.Id == 43);
    });

    [Fact]
    public void A_group_is_paused_with_all_its_queues() => Bench.Run(async bench =>
    {
        string a = await bench.QueueAsync("a"), b = await bench.QueueAsync("b");
        await bench.StartAsync(z => z.Group("g", g => g
            .Queue("a", q => Works(q, bench, 10).WaitTime = TimeSpan.FromSeconds(1))
            .Queue("b", q => Works(q, bench, 10).WaitTime = TimeSpan.FromSeconds(1))));
        bench.Worker.Group("g").Pause();
        await bench.Pass(2);
        await bench.SendManyAsync(a, 5);
        await bench.SendManyAsync(b, 5);
        await bench.Pass(30);
        Assert.All(bench.Worker.GetStatus().Queues, static q => Assert.Equal((true, 0L), (q.Paused, q.Done)));
        bench.Worker.Group("g").Resume();
        await bench.Until(() => bench.Worker.GetStatus().Queues.All(static q => q.Done == 5), 2);
    });

    [Fact]
    public void Concurrency_is_raised_and_lowered_at_run_time() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 2_000);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 4;
            z.Queue("a", q => Works(q, bench, 1_000));
        });
        await bench.Pass(2.5);
        Assert.Equal(4, bench.Status.SlotsUsed);
        bench.Worker.Group("default").Concurrency = 40;
        await bench.Pass(2.5);
        Assert.Equal(40, bench.Status.SlotsUsed);
        Assert.Equal(40, bench.Worker.GetStatus().Concurrency);

        // What runs goes on; nothing begins until there are fewer.
        bench.Worker.Group("default").Concurrency = 2;
        await bench.Pass(0.2);
        Assert.InRange(bench.Status.SlotsUsed, 3, 40);
        await bench.Pass(2.5);
        Assert.Equal(2, bench.Status.SlotsUsed);

        bench.Worker.Queue("a").Concurrency = 1;
        await bench.Pass(2.5);
        Assert.Equal(1, bench.Status.SlotsUsed);
        bench.Worker.Queue("a").Concurrency = null;
        bench.Worker.Group("default").Concurrency = 30;
        bench.Worker.MaxConcurrency = 7;
        await bench.Pass(2.5);
        Assert.Equal(7, bench.Status.SlotsUsed);
        bench.Worker.MaxConcurrency = null;
        await bench.Until(() => bench.Status.SlotsUsed == 30, 3);
        Assert.True(bench.Worker.GetStatus().Sound);
    });

    /// <summary>A number of slots that somebody had changed at run time stood nowhere.</summary>
    [Fact]
    public void What_code_changes_at_run_time_is_logged_once_and_only_if_it_changes() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("a");
        bench.Setup(static z => z.Queue("a", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        bench.Worker.MaxConcurrency = 50;
        await bench.Worker.StartAsync(default);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 44);
        for (int i = 0; i < 2; i++)
        {
            bench.Worker.Group("default").Concurrency = 8;
            bench.Worker.Group("default").RateLimit = 3;
            bench.Worker.Queue("a").Concurrency = 4;
            bench.Worker.Queue("a").Weight = 2;
            bench.Worker.Queue("a").RateLimit = 0.5;
            bench.Worker.Queue("a").Delay = TimeSpan.FromSeconds(1);
            bench.Worker.MaxConcurrency = 7;
            bench.Worker.RateLimit = 9;
        }
        bench.Worker.Queue("a").Concurrency = null;
        Assert.Equal(
            [
                "Concurrency of group default is now 8", "RateLimit of group default is now 3", "Concurrency of a is now 4", "Weight of a is now 2", "RateLimit of a is now 0.5",
                "Delay of a is now 00:00:01", "MaxConcurrency is now 7", "RateLimit is now 9", "Concurrency of a is now without limit",
            ],
            bench.Log.Lines.Where(static l => l.Id == 44).Select(static l => l.Text));
    });

    [Fact]
    public void Rates_and_weights_are_changed_at_run_time() => Bench.Run(async bench =>
    {
        await bench.SendManyAsync(await bench.QueueAsync("a"), 1_000);
        await bench.StartAsync(z => z.Queue("a", q => Works(q, bench, 10)));
        QueueControl queue = bench.Worker.Queue("a");
        queue.RateLimit = 1;
        long before = bench.Status.Done;
        await bench.Pass(20);
        Assert.InRange(bench.Status.Done - before, 18, 32);
        queue.RateLimit = null;
        await bench.Until(() => bench.Status.Done == 1_000, 5);
        queue.Weight = 7;
        Assert.Equal(7, bench.Status.Weight);
        Assert.Contains("it has a", Assert.Throws<ArgumentException>(() => bench.Worker.Queue("b")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Weight = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.RateLimit = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Concurrency = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => bench.Worker.Group("default").Concurrency = 10_001);
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Delay = TimeSpan.FromMinutes(16));
    });

    private static QueueBuilder Works(QueueBuilder queue, Bench bench, int milliseconds) =>
        queue.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), bench.Time, cancel));

    private sealed class FailingLimiter : RateLimiter
    {
        public bool Fails { get; set; } = true;

        public bool KeepsPermits { get; init; }

        public override TimeSpan? IdleDuration => null;

        public override RateLimiterStatistics? GetStatistics() => null;

        protected override RateLimitLease AttemptAcquireCore(int permitCount) => Fails ? throw new InvalidOperationException("no") : new Given(KeepsPermits);

        protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) => throw new NotSupportedException();

        private sealed class Given(bool keeps) : RateLimitLease
        {
            protected override void Dispose(bool disposing)
            {
                base.Dispose(disposing);
                if (keeps)
                    throw new InvalidOperationException("kept");
            }

            public override bool IsAcquired => true;

            public override IEnumerable<string> MetadataNames => [];

            public override bool TryGetMetadata(string metadataName, out object? metadata)
            {
                metadata = null;
                return false;
            }
        }
    }
}
