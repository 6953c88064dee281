using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

/// <summary>Open receives at a stop: waited for while they cost nothing, abandoned when nothing else is left to wait for.</summary>
public class IdleStopTests
{
    [Fact]
    public void An_idle_worker_stops_in_a_second() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.StartAsync(static z => Quick(z, "orders"));
        await bench.Pass(5);

        Assert.InRange(await StopAsync(bench), 1, 1.3);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 47 && l.Text.Contains("1 open receives of orders", StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id is 5 or 48);
        await bench.SendManyAsync(url, 3);
        Assert.Equal((3, 0, 0), await bench.DepthAsync(url));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void What_comes_in_the_grace_goes_back_at_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.StartAsync(static z => Quick(z, "orders"));
        await bench.Pass(5);
        Task<double> stop = StopAsync(bench);
        await bench.Pass(0.5);
        await bench.SendManyAsync(url, 3);

        Assert.InRange(await stop, 0.5, 0.6);
        Assert.Equal((3, 0, 0), await bench.DepthAsync(url));
        AssertNothingLeft(bench);
    });

    /// <summary>Each of ten restarts took 15 s, 14.8 of them without any work, and warned.</summary>
    [Fact]
    public void A_stop_takes_as_long_as_the_work_however_many_idle_queues_stand_beside() => Bench.Run(async bench =>
    {
        string busy = await bench.QueueAsync("busy", ("VisibilityTimeout", "600"));
        foreach (string name in (string[])["idle-1", "idle-2", "idle.fifo"])
            await bench.QueueAsync(name);
        await bench.SendManyAsync(busy, 40);
        await bench.StartAsync(z =>
        {
            z.Queue("busy", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromSeconds(3), bench.Time, cancel)));
            z.Group("others", static g =>
            {
                foreach (string name in (string[])["idle-1", "idle-2", "idle.fifo"])
                    g.Queue(name, static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
            });
        });
        await bench.Until(() => bench.Worker.GetStatus().Running == 10);

        Assert.InRange(await StopAsync(bench), 2.9, 3.2);
        Assert.Equal((30, 0, 0), await bench.DepthAsync(busy));
        Assert.Contains(bench.Log.Lines, static l => l.Id == 47 && l.Text.Contains("3 open receives", StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 5);
        AssertNothingLeft(bench);
    });

    [Fact]
    public void While_handlers_run_open_receives_are_left_open() => Bench.Run(async bench =>
    {
        string slow = await bench.QueueAsync("slow"), idle = await bench.QueueAsync("idle");
        await bench.StartAsync(z =>
        {
            z.Queue("slow", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromSeconds(10), bench.Time, cancel)));
            Quick(z, "idle");
        });
        await bench.SendManyAsync(slow, 1);
        await bench.Until(() => bench.Worker.GetStatus().Running == 1);
        Task<double> stop = StopAsync(bench);
        await bench.Pass(5);
        Assert.Equal(1, bench.Worker.GetStatus().Queues.Single(static q => q.Name == "idle").OpenReceives);
        await bench.SendManyAsync(idle, 1);
        await bench.Pass(0.1);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(idle));

        Assert.InRange(await stop, 9.5, 10.2);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(idle));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void What_waits_goes_back_when_the_receive_beside_it_is_abandoned() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "60"));
        await bench.StartAsync(z =>
        {
            z.Concurrency = 2;
            z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromSeconds(5), bench.Time, cancel)));
        });
        await bench.Pass(3);
        await bench.SendManyAsync(url, 5);
        await bench.Until(() => bench.Status.Running == 2);

        Assert.InRange(await StopAsync(bench), 4.9, 5.3);
        Assert.Equal((3, 0, 0), await bench.DepthAsync(url));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void Where_the_visibility_timeout_is_long_the_receive_is_waited_for_and_the_log_says_how_to_hurry() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders", ("VisibilityTimeout", "121"));
        await bench.StartAsync(static z => Quick(z, "orders"));
        await bench.Pass(5);

        Assert.InRange(await StopAsync(bench), 14.9, 15.1);
        (_, _, string text, _) = Assert.Single(bench.Log.Lines, static l => l.Id == 48);
        Assert.Contains("open receives of orders", text, StringComparison.Ordinal);
        Assert.Contains("00:02:01", text, StringComparison.Ordinal);
        Assert.Contains("ReceiveGrace", text, StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id is 5 or 47);
    });

    [Theory]
    [InlineData("600", 3, 3)] // forced
    [InlineData("600", 0, 0)]
    [InlineData("30", 10, 10)]
    [InlineData("30", -1, 15)] // never: the open receive returns by itself
    public void The_option_says_how_long_whatever_the_visibility_timeout(string visibility, int grace, int takes) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders", ("VisibilityTimeout", visibility));
        await bench.StartAsync(z =>
        {
            z.ReceiveGrace = grace < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(grace);
            Quick(z, "orders");
        });
        await bench.Pass(5);
        Assert.InRange(await StopAsync(bench), takes - 0.05, takes + 0.3);
        Assert.Equal(grace < 0 ? 48 : 47, Assert.Single(bench.Log.Lines, static l => l.Id is 5 or 47 or 48).Id);
    });

    [Fact]
    public void Each_queue_by_its_own_timeout() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("short");
        await bench.QueueAsync("long", ("VisibilityTimeout", "600"));
        await bench.StartAsync(static z =>
        {
            Quick(z, "short");
            Quick(z, "long");
        });
        await bench.Pass(5);

        Assert.InRange(await StopAsync(bench), 14.9, 15.1);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 47 && l.Text.Contains("of short are", StringComparison.Ordinal));
        Assert.Contains(bench.Log.Lines, static l => l.Id == 48 && l.Text.Contains("of long,", StringComparison.Ordinal));
    });

    [Fact]
    public void Near_the_end_of_the_time_the_last_receives_are_abandoned_without_a_warning() => Bench.Run(async bench =>
    {
        bench.ShutdownTimeout = TimeSpan.FromSeconds(15);
        await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.StartAsync(static z => Quick(z, "orders"));
        await bench.Pass(1);

        Assert.InRange(await StopAsync(bench), 7.9, 8.3); // 15 s less 2 s less 5 s
        Assert.Single(bench.Log.Lines, static l => l.Id == 47);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 5);
    });

    [Fact]
    public void A_second_signal_waits_for_no_receive() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.StartAsync(static z => Quick(z, "orders"));
        await bench.Pass(1);
        using var second = new CancellationTokenSource(TimeSpan.FromSeconds(2), bench.Time);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.Worker.StopAsync(second.Token);
        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 2, 2.1);
        AssertNothingLeft(bench);
    });

    [Fact]
    public void A_drain_and_a_worker_that_is_quiet_or_paused_stop_as_soon() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.StartAsync(static z => Quick(z, "orders"));
        await bench.Pass(5);
        Assert.InRange(await TookAsync(bench, bench.Worker.DrainAsync), 1, 1.3);

        await bench.StartAsync(static z => Quick(z, "orders"));
        await bench.Pass(5);
        bench.Worker.Quiet();
        await bench.Pass(1);
        Assert.InRange(await StopAsync(bench), 1, 1.3);

        await bench.StartAsync(static z => Quick(z, "orders"));
        await bench.Pass(5);
        bench.Worker.Queue("orders").Pause();
        Assert.InRange(await StopAsync(bench), 1, 1.3);
        AssertNothingLeft(bench);
    });

    [Fact]
    public void A_receive_that_hangs_holds_up_no_stop() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Faults.Rule = static (action, _) => action == "ReceiveMessage" ? Fate.Hangs : Fate.Works;
        await bench.StartAsync(static z => Quick(z, "orders"));
        await bench.Pass(5);
        Assert.InRange(await StopAsync(bench), 1, 1.3);
        AssertNothingLeft(bench);
    });

    [Fact]
    public void On_a_standard_queue_that_does_not_notice_a_message_is_late_by_one_visibility_timeout_and_no_more() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "30"));
        bench.Faults.Rule = static (action, _) => action == "ReceiveMessage" ? Fate.Unnoticed : Fate.Works;
        await bench.StartAsync(static z => Quick(z, "orders"));
        await bench.Pass(5);
        await StopAsync(bench);
        await bench.SendManyAsync(url, 1);
        Assert.Equal((0, 1, 0), await bench.DepthAsync(url));
        await bench.Pass(30);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void What_a_FIFO_queue_gave_to_an_abandoned_receive_is_asked_for_again_and_goes_back() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders.fifo", ("VisibilityTimeout", "60"));
        bench.Faults.Rule = static (action, n) => action == "ReceiveMessage" && n == 0 ? Fate.Unnoticed : Fate.Works;
        await bench.StartAsync(static z => Quick(z, "orders.fifo"));
        await bench.Pass(5);
        // The answer is still on its way when the receive is abandoned: nobody has what is in it.
        bench.Faults.WayBack = TimeSpan.FromSeconds(3);
        Task<double> stop = StopAsync(bench);
        await bench.Pass(0.9);
        await bench.SendManyAsync(url, 1, static _ => "g");
        Assert.Equal((0, 1, 0), await bench.DepthAsync(url));
        bench.Faults.WayBack = TimeSpan.Zero;

        Assert.InRange(await stop, 1, 1.3);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 49 && l.Text.Contains("1 messages", StringComparison.Ordinal));
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
        await bench.Pass(3); // until that answer has arrived
        AssertNothingLeft(bench);
    });

    [Fact]
    public void A_FIFO_queue_that_cannot_be_asked_again_is_said() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders.fifo", ("VisibilityTimeout", "60"));
        await bench.StartAsync(static z => Quick(z, "orders.fifo"));
        await bench.Pass(5);
        int opened = bench.Faults.Count("ReceiveMessage");
        bench.Faults.Rule = (action, n) => action == "ReceiveMessage" && n >= opened ? Fate.Hangs : Fate.Works;

        Assert.InRange(await StopAsync(bench), 3, 3.3);
        Assert.Single(bench.Log.Lines, static l => l.Id == 59 && l.Text.Contains("00:01:00", StringComparison.Ordinal));
        Assert.Equal(opened + 1, bench.Faults.Count("ReceiveMessage"));
        AssertNothingLeft(bench);
    });

    [Fact]
    public void The_configuration_sets_it_also_while_the_worker_works() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Zanshin:ReceiveGrace", "5")]).Build();
        await bench.StartAsync(static z => Quick(z, "orders"), services => services.AddSingleton<IConfiguration>(configuration));
        await bench.Pass(2);
        configuration["Zanshin:ReceiveGrace"] = "00:00:03";
        configuration.Reload();
        await bench.Pass(1);
        Assert.Contains(bench.Log.Lines, static l => l.Id == 44 && l.Text.Contains("ReceiveGrace is now 00:00:03", StringComparison.Ordinal));
        Assert.InRange(await StopAsync(bench), 3, 3.3);
    });

    [Theory]
    [InlineData(21)]
    [InlineData(-2)]
    public void A_grace_that_cannot_be_is_refused(int seconds) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bench.Setup(z =>
        {
            z.ReceiveGrace = TimeSpan.FromSeconds(seconds);
            Quick(z, "orders");
        });
        ZanshinConfigurationException error = await Assert.ThrowsAsync<ZanshinConfigurationException>(() => bench.Worker.StartAsync(default));
        Assert.Contains("ReceiveGrace is", error.Message, StringComparison.Ordinal);
    });

    private static void Quick(ZanshinBuilder z, string queue) => z.Queue(queue, static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));

    private static Task<double> StopAsync(Bench bench) => TookAsync(bench, bench.StopAsync);

    private static Task<double> TookAsync(Bench bench, Func<CancellationToken, Task> stop) => TookAsync(bench, () => stop(default));

    private static async Task<double> TookAsync(Bench bench, Func<Task> stop)
    {
        double began = bench.Now();
        await stop();
        return bench.Now() - began;
    }

    private static void AssertNothingLeft(Bench bench)
    {
        WorkerStatus status = bench.Worker.GetStatus();
        Assert.Equal((WorkerState.Stopped, 0, 0, 0, 0L), (status.State, status.Running, status.Waiting, status.Settling, status.TasksAlive));
        Assert.All(status.Queues, static q => Assert.Equal(0, q.LeasesHeld));
    }
}
