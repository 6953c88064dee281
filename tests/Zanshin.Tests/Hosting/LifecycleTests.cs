using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Hosting;

public class LifecycleTests
{
    [Fact]
    public void The_events_of_a_life_come_in_their_order() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        List<string> told = [];
        ValueTask Tell(string what)
        {
            told.Add(what);
            return ValueTask.CompletedTask;
        }
        await bench.StartAsync(z =>
        {
            z.Queue("orders", q => q.Handle(Body.Text, (_, _, _) => Tell("run")));
            foreach (int n in (int[])[1, 2])
            {
                z.OnStartup((_, _) => Tell($"startup {n}"));
                z.OnQuiet((_, _) => Tell($"quiet {n}"));
                z.OnShutdown((_, _) => Tell($"shutdown {n}"));
                z.OnStopped((_, _) => Tell($"stopped {n} {bench.Worker.GetStatus().State}"));
            }
            z.OnDispatch((queue, _, _) => Tell($"dispatch {queue}"));
        });
        await bench.Until(() => bench.Status.Done == 1);
        await bench.Worker.DrainAsync();

        Assert.Equal(
            ["startup 1", "startup 2", "dispatch orders", "run", "quiet 2", "quiet 1", "shutdown 2", "shutdown 1", "stopped 1 Stopped", "stopped 2 Stopped"],
            told.Distinct());
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    [Fact]
    public void A_handler_that_fails_is_logged_and_the_next_is_called() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        int called = 0;
        await bench.StartAsync(z =>
        {
            Text(z);
            z.OnStartup(static (_, _) => throw new InvalidOperationException("no startup"));
            z.OnStartup((_, _) => Count(ref called));
            z.OnDispatch(static (_, _, _) => throw new InvalidOperationException("no dispatch"));
            z.OnUtilization(static (_, _, _) => throw new InvalidOperationException("no utilization"));
            z.OnStopped((_, _) => Count(ref called));
            z.OnStopped(static async (_, _) =>
            {
                await Task.CompletedTask;
                throw new InvalidOperationException("no stopped");
            });
        });
        await bench.Until(() => bench.Status.Done == 1);
        await bench.StopAsync();

        Assert.Equal(2, called);
        Assert.All((string[])["startup", "dispatch", "utilization", "stopped"], name =>
            Assert.Contains(bench.Log.Lines, l => l.Id == 53 && l.Text.Contains($"no {name}", StringComparison.Ordinal) && l.Text.Contains($"event {name}", StringComparison.Ordinal)));
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    [Fact]
    public void Dispatch_is_told_before_every_receive_and_delays_only_its_own() => Bench.Run(async bench =>
    {
        string slow = await bench.QueueAsync("slow"), quick = await bench.QueueAsync("quick");
        await bench.SendAsync(slow, "one");
        await bench.SendAsync(quick, "one");
        int told = 0;
        await bench.StartAsync(z =>
        {
            Text(z, "slow");
            Text(z, "quick");
            z.OnDispatch(async (queue, _, cancel) =>
            {
                told += queue == "slow" ? 1 : 0;
                if (queue == "slow")
                    await Task.Delay(TimeSpan.FromSeconds(30), bench.Time, cancel);
            });
        });
        await bench.Pass(10);
        Assert.Equal((0, 1), (bench.Worker.GetStatus().Queues[0].Done, bench.Worker.GetStatus().Queues[1].Done));
        Assert.Equal(0, bench.Worker.GetStatus().Queues[0].Receives);
        await bench.Pass(30);
        Assert.Equal(1, bench.Worker.GetStatus().Queues[0].Done);
        await bench.Pass(120);
        Assert.Equal(told - 1, bench.Worker.GetStatus().Queues[0].Receives);
        await bench.StopAsync();
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    [Fact]
    public void A_dispatch_handler_that_hangs_keeps_no_room_from_other_queues() => Bench.Run(async bench =>
    {
        string slow = await bench.QueueAsync("slow"), quick = await bench.QueueAsync("quick");
        await bench.SendManyAsync(slow, 10);
        int told = 0;
        await bench.StartAsync(z =>
        {
            z.Concurrency = 20;
            z.Queue("slow", static q =>
            {
                q.WaitTime = TimeSpan.FromSeconds(1);
                q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask);
            });
            z.Queue("quick", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMinutes(10), bench.Time, cancel)));
            z.OnDispatch(async (queue, _, cancel) =>
            {
                if (queue == "slow" && ++told > 1)
                    await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel);
            });
        });
        await bench.Until(() => bench.Worker.GetStatus().Queues[0].Done == 10 && told == 2);
        await bench.SendManyAsync(quick, 40);
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Running == 20, 5);
    });

    [Fact]
    public void A_dispatch_handler_that_never_ends_holds_up_no_stop() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        var never = new TaskCompletionSource();
        await bench.StartAsync(z =>
        {
            Text(z);
            z.OnDispatch(async (_, _, _) => await never.Task);
        });
        await bench.Pass(1);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();

        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 1, 2);
        Assert.Equal(0, bench.Faults.Count("ReceiveMessage"));
        Assert.Contains("dispatch", Assert.Single(bench.Log.Lines, static l => l.Id == 54).Text, StringComparison.Ordinal);
        never.SetResult();
        await bench.Pass(1);
    });

    [Fact]
    public void A_callback_on_a_dispatch_handler_s_token_that_fails_harms_no_stop() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        bool cancelled = false;
        int dispatches = 0;
        await bench.StartAsync(z =>
        {
            z.Concurrency = 2;
            z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel)));
            z.OnDispatch(async (_, _, cancel) =>
            {
                if (++dispatches == 1)
                    return;
                await using CancellationTokenRegistration fails = cancel.Register(static () => throw new InvalidOperationException("no callback"));
                try
                {
                    await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel);
                }
                finally
                {
                    cancelled = cancel.IsCancellationRequested;
                }
            });
        });
        await bench.Until(() => bench.Status.Running == 1 && dispatches > 1);
        await bench.StopAsync();

        Assert.True(cancelled);
        Assert.Equal((1, 0, 0), await bench.DepthAsync(url));
        Assert.Contains("no callback", Assert.Single(bench.Log.Lines, static l => l.Id == 53).Text, StringComparison.Ordinal);
        Assert.Equal((WorkerState.Stopped, 0L), (bench.Worker.GetStatus().State, bench.Worker.GetStatus().TasksAlive));
    });

    [Fact]
    public void Utilization_is_told_by_group_the_latest_only_and_delays_no_message() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 200);
        List<Utilization> told = [];
        await bench.StartAsync(z =>
        {
            z.Concurrency = 10;
            z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromSeconds(0.1), bench.Time, cancel)));
            z.OnUtilization(async (use, _, cancel) =>
            {
                told.Add(use);
                await Task.Delay(TimeSpan.FromSeconds(0.7), bench.Time, cancel);
            });
        });
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.Until(() => bench.Status.Done == 200);
        double took = (bench.Time.GetUtcNow() - began).TotalSeconds;
        await bench.StopAsync();

        Assert.InRange(took, 2, 4); // 200 at 10 at once, 0.1 s each
        Assert.Equal(new Utilization("default", 10, 0), told[0]);
        Assert.Equal(new Utilization("default", 10, 0), told[^1]);
        Assert.Contains(told, static u => u.SlotsUsed > 0);
        Assert.InRange(told.Count, 3, 8);
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    [Fact]
    public void A_shutdown_handler_has_the_stops_time_and_then_its_token_is_cancelled() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bool cancelled = false, stopped = false;
        await bench.StartAsync(z =>
        {
            Text(z);
            z.OnShutdown(async (_, cancel) =>
            {
                try
                {
                    await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel);
                }
                finally
                {
                    cancelled = cancel.IsCancellationRequested;
                }
            });
            z.OnStopped((_, _) =>
            {
                stopped = true;
                return ValueTask.CompletedTask;
            });
        });
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();

        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 28, 28.1);
        Assert.True(cancelled && stopped);
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 54);
    });

    [Fact]
    public void A_stopped_handler_has_a_second_of_its_own_after_a_shutdown_handler_that_took_all_time() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bool stopped = false;
        await bench.StartAsync(z =>
        {
            Text(z);
            z.OnShutdown(async (_, cancel) => await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel));
            z.OnStopped(async (_, cancel) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(0.9), bench.Time, cancel);
                stopped = true;
                await Task.Delay(TimeSpan.FromHours(1), bench.Time, cancel);
            });
        });
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();

        Assert.True(stopped);
        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 29, 29.1);
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    [Fact]
    public void One_that_ignores_its_token_is_left_behind_and_that_is_said() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        bool stopped = false;
        var never = new TaskCompletionSource();
        await bench.StartAsync(z =>
        {
            Text(z);
            z.OnShutdown(async (_, _) => await never.Task);
            z.OnStopped((_, _) =>
            {
                stopped = true;
                return ValueTask.CompletedTask;
            });
        });
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.StopAsync();

        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 28, 29);
        Assert.True(stopped);
        Assert.Single(bench.Log.Lines, static l => l.Id == 54);
        Assert.Equal(1, bench.Worker.GetStatus().TasksAlive);
        never.SetResult();
        await bench.Pass(1);
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
    });

    [Fact]
    public void Quiet_twice_is_quiet_once() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        int quiet = 0;
        await bench.StartAsync(z =>
        {
            Text(z);
            z.OnQuiet((_, _) => Count(ref quiet));
        });
        bench.Worker.Quiet();
        bench.Worker.Quiet();
        await bench.Pass(1);
        Assert.Equal((1, WorkerState.Quiet), (quiet, bench.Worker.GetStatus().State));
        await bench.Worker.DrainAsync();
        Assert.Equal(1, quiet);
        Assert.Single(bench.Log.Lines, static l => l.Id == 6);
    });

    private static ValueTask Count(ref int calls)
    {
        calls++;
        return ValueTask.CompletedTask;
    }

    private static void Text(ZanshinBuilder z, string queue = "orders") => z.Queue(queue, static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
}
