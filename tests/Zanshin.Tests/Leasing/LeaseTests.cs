using Microsoft.Extensions.Logging;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Leasing;

public class LeaseTests
{
    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 60)]
    [InlineData(30, 600)]
    [InlineData(43200, 43000)]
    public void A_lease_is_kept_for_as_long_as_the_handler_runs(int visibility, int work) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", $"{visibility}"));
        await bench.SendManyAsync(url, 25);
        int runs = 0;
        await bench.StartAsync(z => Slow(z, 30, async cancel =>
        {
            runs++;
            await Task.Delay(TimeSpan.FromSeconds(work), bench.Time, cancel);
        }));
        await bench.Until(() => bench.Status.Done == 25, work + 100);

        Assert.Equal(25, runs);
        Assert.Equal(0, bench.Status.LeasesLost);
        Assert.Equal(0, bench.Status.Redelivered);
    });

    /// <summary>It was believed half a round trip too long, until the first delete had been measured. Found by the simulation.</summary>
    [Fact]
    public void The_first_lease_already_allows_for_a_round_trip() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "30"));
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(200);
        TimeSpan left = TimeSpan.Zero;
        await bench.StartAsync(z => z.Queue("slow", q => q.Handle(Body.Text, (message, _, _) =>
        {
            left = message.Lease.Left;
            return ValueTask.CompletedTask;
        })));
        await bench.Pass(5);
        await bench.SendManyAsync(url, 1);
        await bench.Until(() => left > TimeSpan.Zero);

        // Less what the server's clock leaves open.
        Assert.InRange(left, TimeSpan.FromSeconds(28.6), TimeSpan.FromSeconds(29.8));
    });

    // Each way takes so long that one call just stays inside its limit.
    [Theory]
    [InlineData(1, 0.07, 10)]
    [InlineData(2, 0.15, 20)]
    [InlineData(15, 0.75, 100)]
    [InlineData(30, 1.6, 200)]
    [InlineData(3600, 2.4, 4 * 3600)]
    [InlineData(43200, 2.4, 43_100)]
    public void A_lease_is_kept_over_several_timeouts_where_every_answer_is_slow(int visibility, double way, int work) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", $"{visibility}"));
        await bench.SendManyAsync(url, 15);
        bench.Faults.RoundTrip = bench.Faults.WayBack = TimeSpan.FromSeconds(way);
        int runs = 0;
        await bench.StartAsync(z => Slow(z, 20, async cancel =>
        {
            runs++;
            await Task.Delay(TimeSpan.FromSeconds(work), bench.Time, cancel);
        }));
        await bench.Until(() => bench.Status is { Done: 15, Settling: 0 }, work + 60);

        Assert.Equal(15, runs);
        Assert.Equal((0L, 0L, 0L), (bench.Status.LeasesLost, bench.Status.Redelivered, bench.Status.Unconfirmed));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Theory]
    [InlineData(60)]
    [InlineData(3600)]
    [InlineData(43200)]
    public void At_its_explicit_end_a_lease_is_lost_before_the_message_comes_again(int visibility) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", $"{visibility}"));
        await bench.SendAsync(url, "one");
        double began = 0, cancelled = 0, again = 0;
        await bench.StartAsync(z => z.Queue("slow", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            double now = bench.Time.GetElapsedTime(0).TotalSeconds;
            if (message.Attempt > 1)
            {
                again = now;
                return;
            }
            began = now;
            using CancellationTokenRegistration seen = cancel.Register(() => cancelled = bench.Time.GetElapsedTime(0).TotalSeconds);
            await Task.Delay(TimeSpan.FromHours(13), bench.Time, cancel);
        })));
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 }, 50_000);

        Assert.InRange(cancelled - began, 12 * 3600 - 4, 12 * 3600 + 0.01);
        Assert.InRange(again, cancelled, cancelled + 30);
        Assert.Equal(1, bench.Status.LeasesLost);
    });

    [Fact]
    public void Extensions_go_out_ten_at_a_time() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "30"));
        await bench.SendManyAsync(url, 40);
        await bench.StartAsync(z => Slow(z, 40, cancel => Task.Delay(TimeSpan.FromSeconds(25), bench.Time, cancel)));
        await bench.Until(() => bench.Status.Done == 40);

        Assert.Equal(40, bench.Status.LeasesExtended);
        Assert.InRange(bench.Faults.Count("ChangeMessageVisibilityBatch"), 4, 5);
    });

    [Fact]
    public void A_shorter_lease_whose_answer_was_lost_is_not_thought_to_last_longer() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "60"));
        await bench.SendManyAsync(url, 1);
        bench.Faults.Rule = static (action, n) => action != "ChangeMessageVisibilityBatch" ? Fate.Works : n == 0 ? Fate.LostAfter : Fate.LostBefore;
        TimeSpan left = TimeSpan.MaxValue;
        CancelReason reason = default;
        await bench.StartAsync(z => z.Queue("slow", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            await Assert.ThrowsAnyAsync<Exception>(async () => await message.Lease.ExtendAsync(TimeSpan.FromSeconds(5), cancel));
            left = message.Lease.Left;
            reason = message.Cancelled;
        })));
        await bench.Until(() => left < TimeSpan.MaxValue);

        Assert.Equal((TimeSpan.Zero, CancelReason.LeaseLost), (left, reason));
        Assert.InRange(bench.Time.GetUtcNow().TimeOfDay.TotalSeconds, 4.9, 5.5);
    });

    [Fact]
    public void A_late_extension_does_not_undo_a_return() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "30"));
        await bench.SendManyAsync(url, 1);
        // The extension is a second on its way to the queue when the handler is through.
        bench.Faults.Rule = static (action, n) => action == "ChangeMessageVisibilityBatch" && n == 0 ? Fate.Late : Fate.Works;
        List<double> at = [];
        await bench.StartAsync(z => z.Queue("slow", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            at.Add(bench.Time.GetElapsedTime(0).TotalSeconds);
            if (message.Attempt > 1)
                return Outcome.Done;
            await Task.Delay(TimeSpan.FromSeconds(20.5), bench.Time, cancel);
            return Outcome.Retry(TimeSpan.FromSeconds(2));
        })));
        await bench.Until(() => bench.Status.Done == 1);
        Assert.InRange(at[1] - at[0], 22.5, 24.5);
    });

    [Fact]
    public void Waiting_messages_are_leased_too() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "2"));
        await bench.SendManyAsync(url, 10);
        await bench.StartAsync(z => Slow(z, 1, cancel => Task.Delay(TimeSpan.FromSeconds(5), bench.Time, cancel)));
        await bench.Until(() => bench.Status.Done == 10);

        Assert.Equal(0, bench.Status.Redelivered);
        Assert.Equal(0, bench.Status.LeasesLost);
    });

    [Theory]
    [InlineData(Fate.LostBefore)]
    [InlineData(Fate.LostAfter)]
    [InlineData(Fate.ServerError)]
    [InlineData(Fate.Throttled)]
    [InlineData(Fate.Malformed)]
    [InlineData(Fate.Hangs)]
    internal void A_failed_extension_is_repeated_before_the_deadline(Fate fate) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "30"));
        await bench.SendManyAsync(url, 5);
        // Two of three fail.
        bench.Faults.Rule = (action, n) => action == "ChangeMessageVisibilityBatch" && n % 3 != 2 ? fate : Fate.Works;
        await bench.StartAsync(z => Slow(z, 10, cancel => Task.Delay(TimeSpan.FromMinutes(3), bench.Time, cancel)));
        await bench.Until(() => bench.Status.Done == 5);

        Assert.Equal(0, bench.Status.LeasesLost);
        Assert.Equal(0, bench.Status.Redelivered);
    });

    [Fact]
    public void A_lost_lease_cancels_the_handler_and_is_counted() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "10"));
        await bench.SendAsync(url, "one");
        List<CancelReason> cancelled = [];
        double cancelledAt = 0;
        bench.Faults.Rule = (action, _) => action == "ChangeMessageVisibilityBatch" && cancelled.Count == 0 ? Fate.Throttled : Fate.Works;
        await bench.StartAsync(z => z.Queue("slow", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            if (message.Attempt > 1)
                return Outcome.Done;
            try
            {
                await Task.Delay(TimeSpan.FromMinutes(5), bench.Time, cancel);
            }
            finally
            {
                cancelled.Add(message.Cancelled);
                cancelledAt = (bench.Time.GetUtcNow() - message.SentAt).TotalSeconds;
            }
            return Outcome.Done;
        })));
        await bench.Until(() => bench.Status.Done == 1);

        Assert.Equal([CancelReason.LeaseLost], cancelled);
        Assert.InRange(cancelledAt, 9.9, 10.1);
        Assert.Equal(1, bench.Status.LeasesLost);
        Assert.Contains(bench.Log.Lines, l => l.Id == 22 && l.Level == LogLevel.Warning);
    });

    [Fact]
    public void The_same_message_never_runs_twice_at_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "4"));
        await bench.SendAsync(url, "one");
        int running = 0, most = 0, runs = 0;
        bench.Faults.Rule = (action, _) => action == "ChangeMessageVisibilityBatch" && runs < 2 ? Fate.Throttled : Fate.Works;
        await bench.StartAsync(z => z.Queue("slow", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            runs++;
            most = Math.Max(most, ++running);
            // It ignores its token, and the message comes again while it runs.
            await Task.Delay(TimeSpan.FromSeconds(runs == 1 ? 30 : 1), bench.Time, CancellationToken.None);
            running--;
            return runs == 1 ? Outcome.Retry() : Outcome.Done;
        })));
        await bench.Until(() => bench.Status.Done == 1);

        Assert.Equal(1, most);
        Assert.Equal(2, runs);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void Done_after_the_loss_is_not_done_again() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "4"));
        await bench.SendAsync(url, "one");
        int runs = 0;
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action is "ChangeMessageVisibilityBatch" or "DeleteMessageBatch" && down ? Fate.LostBefore : Fate.Works;
        await bench.StartAsync(z => z.Queue("slow", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            runs++;
            await Task.Delay(TimeSpan.FromSeconds(6), bench.Time, CancellationToken.None);
        })));
        await bench.Until(() => bench.Status.Unconfirmed == 1);
        down = false;
        await bench.Until(() => bench.Status.Received >= 2 && bench.Status.Settling == 0 && bench.Status.Running == 0);
        await bench.Pass(30);

        Assert.Equal(1, runs);
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void A_handler_can_take_a_longer_stretch_at_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "10"));
        await bench.SendAsync(url, "one");
        TimeSpan left = default;
        await bench.StartAsync(z => z.Queue("slow", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            await message.Lease.ExtendAsync(TimeSpan.FromMinutes(5), cancel);
            left = message.Lease.Left;
            await Task.Delay(TimeSpan.FromMinutes(4.8), bench.Time, cancel);
        })));
        await bench.Until(() => bench.Status.Done == 1);

        Assert.Equal(TimeSpan.FromMinutes(5), left);
        Assert.Equal(1, bench.Faults.Count("ChangeMessageVisibilityBatch"));
    });

    [Fact]
    public void Twelve_hours_after_the_receipt_the_lease_ends_and_the_handler_knows() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("slow", ("VisibilityTimeout", "3600"));
        await bench.SendAsync(url, "one");
        TimeSpan ran = default;
        CancelReason reason = default;
        await bench.StartAsync(z => z.Queue("slow", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            if (message.Attempt > 1)
                return Outcome.Done;
            try
            {
                await Task.Delay(TimeSpan.FromHours(20), bench.Time, cancel);
            }
            finally
            {
                ran = bench.Time.GetUtcNow() - message.SentAt;
                reason = message.Cancelled;
            }
            return Outcome.Done;
        })));
        await bench.Until(() => bench.Status.Done == 1, 60_000);

        Assert.Equal(CancelReason.LeaseLost, reason);
        Assert.InRange(ran, TimeSpan.FromHours(12) - TimeSpan.FromSeconds(5), TimeSpan.FromHours(12));
        Assert.Contains(bench.Log.Lines, l => l.Text.Contains("TwelveHours", StringComparison.Ordinal));
    });

    private static void Slow(ZanshinBuilder z, int concurrency, Func<CancellationToken, Task> work)
    {
        z.Concurrency = concurrency;
        z.Queue("slow", q => q.Handle(Body.Text, async (_, _, cancel) => await work(cancel)));
    }

    [Fact]
    public void A_time_limit_that_comes_after_the_loss_of_the_lease_is_not_counted() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendAsync(url, "one");
        var never = new TaskCompletionSource();
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.TimeLimit = TimeSpan.FromSeconds(20);
            q.Handle(Body.Text, async (message, _, _) =>
            {
                if (never.Task.IsCompleted)
                    return;
                await bench.Direct.DeleteMessageAsync(url, message.Receipt(), CancellationToken.None);
                await never.Task;
            });
        }));
        await bench.Until(() => bench.Status.LeasesLost == 1, 15);
        await bench.Pass(60);
        Assert.Equal(0, bench.Status.TimeLimits);
        never.SetResult();
        await bench.Until(() => bench.Status.Running == 0, 5);
    });
}
