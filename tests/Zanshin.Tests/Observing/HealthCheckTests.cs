using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Zanshin.Dispatching;
using Zanshin.Observing;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Observing;

public class HealthCheckTests
{
    [Fact]
    public void A_worker_is_live_all_along_and_ready_from_its_start_to_its_stop() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        Setup(bench, static (_, _) => ValueTask.CompletedTask);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Unhealthy), await LookAsync(bench));
        await bench.Worker.StartAsync(default);
        await bench.Pass(300);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), await LookAsync(bench));
        bench.Worker.Quiet();
        await bench.Pass(300);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Degraded), await LookAsync(bench));
        bench.Worker.Resume();
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), await LookAsync(bench));
        await bench.StopAsync();
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Unhealthy), await LookAsync(bench));
    });

    [Fact]
    public void A_worker_whose_slots_are_all_taken_for_hours_is_live_and_ready() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        Setup(bench, async (_, cancel) => await Task.Delay(TimeSpan.FromHours(3), bench.Time, cancel), static z =>
        {
            z.Concurrency = 1;
            z.Queue("orders", static q => q.StuckAfter = Timeout.InfiniteTimeSpan);
        });
        await bench.Worker.StartAsync(default);
        await bench.Pass(2 * 3600);
        Assert.Equal(1, bench.Status.SlotsUsed);
        Assert.Equal(TimeSpan.Zero, bench.Status.StandsStillFor);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), await LookAsync(bench));
    });

    [Fact]
    public void A_queue_that_is_not_asked_although_slots_are_free_turns_degraded_then_unhealthy_and_dead() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        // The loop waits for the slot, and the call that tells of it gets lost.
        Setup(bench, async (message, cancel) =>
        {
            ((Delivery)message.Lease.Holder).Line.RoomAgain = static () => { };
            await Task.Delay(TimeSpan.FromSeconds(100), bench.Time, cancel);
        }, static z => z.Concurrency = 1);
        await bench.Worker.StartAsync(default);
        await bench.Pass(99);
        Assert.Equal(QueueHealth.Healthy, bench.Status.Health);
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        // From here on there is room, and nobody asks; how long it has not been asked counts from the receive before.
        await bench.Pass(1);
        Assert.Equal(QueueHealth.Unhealthy, bench.Status.Health);
        Assert.Contains("its receive loop stands still", bench.Status.Trouble, StringComparison.Ordinal);
        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Unhealthy), await LookAsync(bench));
        int receives = bench.Faults.Count("ReceiveMessage");
        await bench.Pass(600);
        Assert.Equal(receives, bench.Faults.Count("ReceiveMessage"));
    });

    [Fact]
    public void It_is_degraded_before_it_is_unhealthy() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        Setup(bench, async (message, cancel) =>
        {
            ((Delivery)message.Lease.Holder).Line.RoomAgain = static () => { };
            await Task.Delay(TimeSpan.FromSeconds(1), bench.Time, cancel);
        }, static z => z.Concurrency = 1);
        await bench.Worker.StartAsync(default);
        await bench.Until(() => bench.Status is { Done: 1, Settling: 0 });
        Assert.Equal(QueueHealth.Healthy, bench.Status.Health);
        await bench.Pass(20);
        Assert.Equal(QueueHealth.Degraded, bench.Status.Health);
        Assert.Equal((HealthStatus.Degraded, HealthStatus.Degraded), await LookAsync(bench));
        await bench.Pass(60);
        Assert.Equal(QueueHealth.Unhealthy, bench.Status.Health);
        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Unhealthy), await LookAsync(bench));
    });

    [Fact]
    public void While_sqs_is_away_it_is_not_ready_and_a_restart_is_called_for_only_after_long() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        Setup(bench, static (_, _) => ValueTask.CompletedTask);
        await bench.Worker.StartAsync(default);
        await bench.Pass(30);
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        await bench.Pass(40);
        Assert.Equal((HealthStatus.Degraded, HealthStatus.Degraded), await LookAsync(bench));
        await bench.Pass(120);
        Assert.Equal((HealthStatus.Degraded, HealthStatus.Unhealthy), await LookAsync(bench));
        await bench.Pass(600);
        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Unhealthy), await LookAsync(bench));
        bench.Faults.Rule = static (_, _) => Fate.Works;
        await bench.Pass(60);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), await LookAsync(bench));
    });

    /// <summary>As docs/telemetry.md says: refused calls and calls that hang, each from the moment that it can be known.</summary>
    [Theory]
    [InlineData(Fate.LostBefore, 0, 60)]
    [InlineData(Fate.Expired, 0, 60)]
    [InlineData(Fate.Hangs, 30, 80)]
    public void A_queue_out_of_reach_is_degraded_and_unhealthy_at_the_promised_moments(Fate fate, double degraded, double unhealthy) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        Setup(bench, static (_, _) => ValueTask.CompletedTask);
        await bench.Worker.StartAsync(default);
        await bench.Pass(30);
        double? first = null;
        bench.Faults.Rule = (_, _) =>
        {
            first ??= bench.Now();
            return fate;
        };
        Dictionary<QueueHealth, double> since = [];
        for (int i = 0; i < 400; i++)
        {
            since.TryAdd(bench.Status.Health, bench.Now());
            await bench.Pass(0.5);
        }
        Assert.InRange(since[QueueHealth.Degraded] - first!.Value, degraded, degraded + 1);
        Assert.InRange(since[QueueHealth.Unhealthy] - first.Value, unhealthy, unhealthy + 1);
        Assert.Equal(HealthStatus.Unhealthy, (await LookAsync(bench)).Ready);
        bench.Faults.Rule = static (_, _) => Fate.Works;
        await bench.Pass(45);
        Assert.Equal(QueueHealth.Healthy, bench.Status.Health);
    });

    /// <summary>One failure, and then nothing to ask for: that is no outage of an hour.</summary>
    [Fact]
    public void A_queue_that_nobody_needs_to_ask_is_not_unhealthy_for_one_failure() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        Setup(bench, async (_, cancel) => await Task.Delay(TimeSpan.FromHours(3), bench.Time, cancel), static z =>
        {
            z.Concurrency = 2;
            z.Queue("orders", static q => q.StuckAfter = Timeout.InfiniteTimeSpan);
        });
        await bench.Worker.StartAsync(default);
        await bench.Pass(5);
        bench.Faults.Rule = static (action, _) => action == "ReceiveMessage" ? Fate.LostBefore : Fate.Works;
        await bench.Pass(16); // the open receive has returned, and the next ones fail
        bench.Worker.Quiet();
        await bench.Pass(3600);
        Assert.NotEqual(QueueHealth.Unhealthy, bench.Status.Health);
        Assert.InRange(bench.Status.FailingFor.TotalSeconds, 0, 30);
    });

    [Fact]
    public void A_worker_all_of_whose_slots_are_lost_is_degraded_or_dead_if_wanted() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 2);
        using var end = new CancellationTokenSource();
        Setup(bench, async (_, _) => await Task.Delay(TimeSpan.FromHours(5), bench.Time, end.Token), static z =>
        {
            z.Concurrency = 2;
            z.Queue("orders", static q => q.StuckAfter = TimeSpan.FromMinutes(5));
        });
        await bench.Worker.StartAsync(default);
        await bench.Pass(200);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), await LookAsync(bench));
        await bench.Pass(200);
        Assert.Equal(2, bench.Status.SlotsLost);
        Assert.Equal((HealthStatus.Degraded, HealthStatus.Degraded), await LookAsync(bench));
        var strict = new LivenessCheck(bench.Worker, new ZanshinHealthOptions { DeadWhenAllSlotsAreLost = true });
        HealthCheckContext context = new() { Registration = new HealthCheckRegistration("strict", strict, null, null) };
        Assert.Equal(HealthStatus.Unhealthy, (await strict.CheckHealthAsync(context)).Status);
        end.Cancel();
        await bench.Pass(1);
    });

    [Fact]
    public void Lost_slots_of_one_group_are_not_made_up_for_by_those_of_another() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.QueueAsync("mail");
        await bench.SendManyAsync(url, 2);
        using var end = new CancellationTokenSource();
        Setup(bench, async (_, _) => await Task.Delay(TimeSpan.FromHours(5), bench.Time, end.Token), static z =>
        {
            z.Concurrency = 2;
            z.Queue("orders", static q => q.StuckAfter = TimeSpan.FromMinutes(5));
            z.Group("other", static g => g.Queue("mail", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        });
        await bench.Worker.StartAsync(default);
        var strict = new LivenessCheck(bench.Worker, new ZanshinHealthOptions { DeadWhenAllSlotsAreLost = true });
        HealthCheckContext context = new() { Registration = new HealthCheckRegistration("strict", strict, null, null) };
        Assert.Equal(HealthStatus.Healthy, (await strict.CheckHealthAsync(context)).Status);
        await bench.Pass(400);
        HealthCheckResult dead = await strict.CheckHealthAsync(context);
        Assert.Equal((HealthStatus.Unhealthy, "All 2 slots of group 'default' are lost to handlers that look stuck."), (dead.Status, dead.Description));
        end.Cancel();
        await bench.Pass(1);
    });

    [Fact]
    public void A_worker_whose_client_was_disposed_of_is_dead() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        Setup(bench, static (_, _) => ValueTask.CompletedTask);
        await bench.Worker.StartAsync(default);
        await bench.Pass(5);
        bench.Client.Dispose();
        await bench.Until(() => bench.Worker.GetStatus().State == WorkerState.Stopped, 60);
        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Unhealthy), await LookAsync(bench));
        Assert.StartsWith("The worker has ended: an SQS client of the worker was disposed of", (await LookAsync(bench, "zanshin-live")).Description, StringComparison.Ordinal);
    });

    [Fact]
    public void A_check_says_what_is_wrong() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        Setup(bench, static (_, _) => ValueTask.CompletedTask);
        await bench.Worker.StartAsync(default);
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        await bench.Pass(55);
        HealthCheckResult ready = await LookAsync(bench, "zanshin-ready");
        Assert.StartsWith("Queue 'orders': cannot receive: ", ready.Description, StringComparison.Ordinal);
        Assert.Equal("0 of 10 used, 0 lost", ready.Data["slots"]);
        Assert.StartsWith("Degraded, last answered ", (string)ready.Data["orders"], StringComparison.Ordinal);
    });

    [Fact]
    public async Task The_checks_are_told_apart_by_their_tags()
    {
        var services = new ServiceCollection();
        services.AddZanshin(static z => z.Route("orders", null, Body.Text)).AddHealthChecks().AddZanshin();
        await using ServiceProvider provider = services.BuildServiceProvider();
        var checks = provider.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Healthy, Assert.Single((await checks.CheckHealthAsync(static r => r.Tags.Contains("live"))).Entries, static e => e.Key == "zanshin-live").Value.Status);
        Assert.Equal(HealthStatus.Unhealthy, Assert.Single((await checks.CheckHealthAsync(static r => r.Tags.Contains("ready"))).Entries, static e => e.Key == "zanshin-ready").Value.Status);
    }

    [Fact]
    public async Task Without_a_worker_the_check_says_what_to_add()
    {
        var services = new ServiceCollection();
        services.AddLogging().AddHealthChecks().AddZanshin();
        await using ServiceProvider provider = services.BuildServiceProvider();
        var wrong = await Assert.ThrowsAsync<InvalidOperationException>(() => provider.GetRequiredService<HealthCheckService>().CheckHealthAsync());
        Assert.Equal("There is no worker to check: add one with services.AddZanshin(...).", wrong.Message);
    }

    [Fact]
    public void A_time_that_is_not_over_zero_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(static () => new ServiceCollection().AddHealthChecks().AddZanshin(static o => o.DeadAfterStandstill = TimeSpan.Zero));

    private static void Setup(Bench bench, Func<Message<string>, CancellationToken, ValueTask> handle, Action<ZanshinBuilder>? more = null) => bench.Setup(
        z =>
        {
            z.Queue("orders", q => q.Handle(Body.Text, (message, _, cancel) => handle(message, cancel)));
            more?.Invoke(z);
        },
        static s => s.AddHealthChecks().AddZanshin());

    private static async Task<(HealthStatus Live, HealthStatus Ready)> LookAsync(Bench bench) =>
        ((await LookAsync(bench, "zanshin-live")).Status, (await LookAsync(bench, "zanshin-ready")).Status);

    // Not by HealthCheckService, which goes to the thread pool.
    private static async Task<HealthCheckResult> LookAsync(Bench bench, string name)
    {
        HealthCheckRegistration check = bench.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Single(r => r.Name == name);
        return await check.Factory(bench.Services).CheckHealthAsync(new HealthCheckContext { Registration = check });
    }
}
