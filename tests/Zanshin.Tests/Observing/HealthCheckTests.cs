using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Zanshin.Dispatching;
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
        Setup(bench, async (_, cancel) => await Task.Delay(TimeSpan.FromHours(3), bench.Time, cancel), static z => z.Concurrency = 1);
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

    [Fact]
    public void A_worker_all_of_whose_slots_are_lost_is_dead() => Bench.Run(async bench =>
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
        Assert.Equal((HealthStatus.Unhealthy, HealthStatus.Degraded), await LookAsync(bench));
        end.Cancel();
        await bench.Pass(1);
    });

    [Fact]
    public void The_checks_are_told_apart_by_their_tags_and_say_what_is_wrong() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        Setup(bench, static (_, _) => ValueTask.CompletedTask);
        await bench.Worker.StartAsync(default);
        bench.Faults.Rule = static (_, _) => Fate.LostBefore;
        await bench.Pass(60);
        HealthReport report = await bench.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(static r => r.Tags.Contains("ready"));
        HealthReportEntry ready = Assert.Single(report.Entries, static e => e.Key == "zanshin-ready").Value;
        Assert.StartsWith("Queue 'orders': cannot receive: ", ready.Description, StringComparison.Ordinal);
        Assert.Equal("0 of 10 used, 0 lost", ready.Data["slots"]);
        Assert.StartsWith("Degraded, last answered ", (string)ready.Data["orders"], StringComparison.Ordinal);
    });

    [Fact]
    public async Task Without_a_worker_the_check_says_what_to_add()
    {
        var services = new ServiceCollection();
        services.AddLogging().AddHealthChecks().AddZanshin();
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthReport report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.All(report.Entries.Values, static e => Assert.Contains("services.AddZanshin", e.Exception?.Message, StringComparison.Ordinal));
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

    private static async Task<(HealthStatus Live, HealthStatus Ready)> LookAsync(Bench bench)
    {
        var context = new HealthCheckContext();
        var checks = bench.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<HealthCheckServiceOptions>>().Value.Registrations.ToDictionary(static r => r.Name);
        async Task<HealthStatus> Of(string name)
        {
            context.Registration = checks[name];
            return (await checks[name].Factory(bench.Services).CheckHealthAsync(context)).Status;
        }
        return (await Of("zanshin-live"), await Of("zanshin-ready"));
    }
}
