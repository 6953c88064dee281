using Microsoft.Extensions.DependencyInjection;
using Zanshin.Tests.Rig;
using Zanshin.Timing;

namespace Zanshin.Tests.Receiving;

public class ReceivingTests
{
    [Fact]
    public void An_idle_queue_costs_one_request_every_20_seconds() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await Worked(bench, 10, 0);
        await bench.Pass(3600);
        Assert.InRange(bench.Faults.Count("ReceiveMessage"), 179, 182);
    });

    [Theory]
    [InlineData(0, false)] // short polls
    [InlineData(20, true)] // a server that does not wait
    public void An_idle_queue_that_answers_at_once_is_asked_once_a_second(int wait, bool hasty) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(10);
        bench.Faults.Rule = (action, _) => hasty && action == "ReceiveMessage" ? Fate.Nulls : Fate.Works;
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.WaitTime = TimeSpan.FromSeconds(wait);
            q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask);
        }));
        await bench.Pass(60);
        Assert.InRange(bench.Faults.Count("ReceiveMessage"), 58, 62);
        bench.Faults.Rule = static (_, _) => Fate.Works;
        await bench.SendManyAsync(url, 200);
        await bench.Until(() => bench.Status.Done == 200, 2);
    });

    [Fact]
    public void Room_comes_back_from_every_kind_of_receive() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "30"));
        Fate[] fates = [Fate.Works, Fate.ServerError, Fate.LostBefore, Fate.Works, Fate.Malformed, Fate.Throttled, Fate.Works, Fate.Cancelled, Fate.LostAfter];
        bench.Faults.Rule = (action, n) => action == "ReceiveMessage" ? fates[n % fates.Length] : Fate.Works;
        await Worked(bench, 3, 100);
        for (int i = 0; i < 1000; i++)
        {
            await bench.SendManyAsync(url, i % 8);
            await bench.Pass(3);
        }
        bench.Faults.Rule = static (_, _) => Fate.Works;
        await bench.Until(() => bench.Status is { Done: 3500, Settling: 0 }, 120);
        await bench.Pass(60);

        // As at the start: receives are full and slots never idle.
        await bench.SendManyAsync(url, 300);
        long receives = bench.Status.Receives;
        DateTimeOffset began = bench.Time.GetUtcNow();
        await bench.Until(() => bench.Status.Done == 3800, 120);
        Assert.InRange((bench.Time.GetUtcNow() - began).TotalSeconds, 10, 10.5);
        Assert.InRange(bench.Status.Receives - receives, 28, 36);
    });

    [Fact]
    public void A_message_that_comes_to_an_idle_queue_is_handled_at_once() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await Worked(bench, 10, 0);
        await bench.Pass(47);
        await bench.SendAsync(url, "one");
        await bench.Pass(0.001);
        Assert.Equal(1, bench.Status.Done);
    });

    [Theory]
    [InlineData(10, 20, 1.1)]
    [InlineData(10, 200, 1.1)]
    [InlineData(10, 1000, 1.51)] // at ten a second a full receive would have its last message wait too long
    [InlineData(100, 50, 1.1)]
    public void Under_backlog_receives_are_full_and_slots_busy(int concurrency, int workMs, double receivesPerTen) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        int count = concurrency * 200;
        await bench.SendManyAsync(url, count);
        DateTimeOffset began = bench.Time.GetUtcNow();
        await Worked(bench, concurrency, workMs);
        await bench.Until(() => bench.Status.Done == count);
        double took = (bench.Time.GetUtcNow() - began).TotalSeconds, atBest = 200 * workMs / 1000.0;

        Assert.InRange(took / atBest, 0.99, 1.05);
        Assert.True(bench.Status.Receives <= count / 10 * receivesPerTen, $"{bench.Status.Receives} receives for {count} messages");
    });

    [Theory]
    [InlineData(10, 20, 0.23)]
    [InlineData(10, 200, 0.23)]
    [InlineData(10, 1000, 0.3)]
    [InlineData(100, 50, 0.23)]
    [InlineData(100, 1000, 0.23)]
    public void Slots_do_not_wait_for_the_network_and_messages_hardly_wait_for_slots(int concurrency, int workMs, double requests) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        int count = concurrency * 100;
        await bench.SendManyAsync(url, count);
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(15);
        var dice = new Random(1);
        DateTimeOffset began = bench.Time.GetUtcNow(), ended = began;
        double worked = 0, longestWait = 0;
        await bench.StartAsync(z =>
        {
            z.Concurrency = concurrency;
            z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) =>
            {
                longestWait = Math.Max(longestWait, bench.Status.Waiting / (concurrency * 1000.0 / workMs));
                double ms = workMs * (0.5 + dice.NextDouble());
                worked += ms;
                await Task.Delay(TimeSpan.FromMilliseconds(ms), bench.Time, cancel);
                ended = bench.Time.GetUtcNow();
            }));
        });
        await bench.Until(() => bench.Status is { Settling: 0 } status && status.Done == count);
        double used = worked / ((ended - began).TotalMilliseconds * concurrency), perMessage = bench.Status.Requests / (double)count;

        Assert.True(used > 0.9, $"slots used {used:P1}");
        Assert.True(perMessage < requests, $"{perMessage:0.000} requests a message: {bench.Status}");
        Assert.True(longestWait < 1, $"a message waited about {longestWait:0.00} s");
    });

    // A wake comes before the receive's task has ended: on threads of its own the loop may run in between.
    [Fact]
    public void A_loop_that_runs_before_its_receive_has_quite_ended_receives_on() => Bench.Run(async bench =>
    {
        await bench.QueueAsync("orders");
        await bench.StartAsync(static z => Quick(z), services => services.AddSingleton(new Surroundings(bench.Time, new Random(1), new InlineContext())));
        await bench.Pass(20 * 30);
        Assert.InRange(bench.Status.EmptyReceives, 25, 31);
    });

    [Fact]
    public void Time_that_passes_anywhere_in_a_loop_does_not_end_it()
    {
        // At the n-th look at the clock the process stands still for a moment, also between two looks that belong together.
        for (int n = 0; n < 40; n++)
        {
            int look = n;
            Bench.Run(async bench =>
            {
                var clock = new JumpyClock(bench.Time);
                await bench.QueueAsync("orders");
                await bench.StartAsync(
                    static z =>
                    {
                        Quick(z);
                        z.Queue("orders", static q => q.WaitTime = TimeSpan.Zero);
                    },
                    services => services.AddSingleton(new Surroundings(clock, new Random(1), bench.Time.Context)));
                await bench.Pass(5.5);
                clock.JumpAfter(look, TimeSpan.FromSeconds(1.5));
                await bench.Pass(10);
                long before = bench.Status.EmptyReceives;
                await bench.Pass(60);
                Assert.True(bench.Status.EmptyReceives >= before + 50, $"{bench.Status.EmptyReceives - before} receives in a minute after a jump at look {look}");
            });
        }
    }

    [Fact]
    public void Slow_handlers_hoard_nothing() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 100);
        await Worked(bench, 5, 60_000);
        int most = 0;
        for (int i = 0; i < 600; i++)
        {
            await bench.Pass(0.5);
            most = Math.Max(most, bench.Status.Waiting);
        }
        Assert.InRange(most, 0, 5);
    });

    [Theory]
    [InlineData(Fate.LostBefore)]
    [InlineData(Fate.LostAfter)]
    [InlineData(Fate.ServerError)]
    [InlineData(Fate.Throttled)]
    [InlineData(Fate.Malformed)]
    [InlineData(Fate.Hangs)]
    internal void The_receive_loop_survives_and_says_so_once(Fate fate) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action == "ReceiveMessage" ? fate : Fate.Works;
        await Worked(bench, 10, 0);
        await bench.Pass(600);
        Assert.NotNull(bench.Status.Trouble);
        Assert.Equal(QueueHealth.Unhealthy, bench.Status.Health);
        Assert.InRange(bench.Faults.Count("ReceiveMessage"), 10, 80); // pauses grow to 20 s
        down = false;
        await bench.SendAsync(url, "one");
        await bench.Until(() => bench.Status.Done == 1, 120);

        Assert.Equal(QueueHealth.Healthy, bench.Status.Health);
        Assert.Single(bench.Log.Lines, static l => l.Id == 10);
        Assert.Single(bench.Log.Lines, static l => l.Id == 11);
    });

    [Fact]
    public void One_queues_trouble_does_not_stop_another() => Bench.Run(async bench =>
    {
        string good = await bench.QueueAsync("good");
        await bench.QueueAsync("bad");
        await bench.SendManyAsync(good, 50);
        await bench.StartAsync(z =>
        {
            z.Queue("bad", q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
            z.Queue("good", q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
        });
        await bench.Direct.DeleteQueueAsync("http://localhost:9324/000000000000/bad");
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 50, 60);
        await bench.Until(() => bench.Worker.GetStatus().Queues[0].Trouble is not null, 60);
        await bench.SendManyAsync(good, 50);
        await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == 100, 60);
    });

    /// <summary>Sixteen open receives that a network had lost together counted as sixteen failures in a row, and the queue was not asked for 20 s.</summary>
    [Fact]
    public void Receives_that_fail_together_are_one_failure() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 5_000);
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(200);
        await Worked(bench, 100, 100);
        await bench.Until(() => bench.Status is { Done: > 500, OpenReceives: > 8 }, 30);
        bool down = true;
        bench.Faults.Rule = (action, _) => down && action == "ReceiveMessage" ? Fate.LostBefore : Fate.Works;
        await bench.Pass(0.19);
        down = false;
        await bench.Until(() => bench.Log.Lines.Any(static l => l.Id == 11), 2);

        Assert.Single(bench.Log.Lines, static l => l.Id == 10);
        Assert.Contains("after 1 failures", Assert.Single(bench.Log.Lines, static l => l.Id == 11).Text, StringComparison.Ordinal);
        await bench.Until(() => bench.Status.Done == 5_000, 60);
    });

    /// <summary>Only the last one's id was kept: what the others had brought was locked until its lease's end.</summary>
    [Fact]
    public void Every_fifo_receive_that_lost_its_answer_gets_it_again() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 2_000, static i => $"g{i % 500}");
        bench.Faults.RoundTrip = TimeSpan.FromSeconds(1);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 100;
            z.Queue("a.fifo", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(100), bench.Time, cancel)));
        });
        await bench.Until(() => bench.Status is { Done: > 200, OpenReceives: > 3 }, 30);
        int lost = 0;
        bool down = true;
        bench.Faults.Rule = (action, _) =>
        {
            if (!down || action != "ReceiveMessage")
                return Fate.Works;
            lost++;
            return Fate.LostAfter;
        };
        await bench.Pass(0.95);
        down = false;
        Assert.InRange(lost, 2, 16);
        await bench.Until(() => bench.Status.Done == 2_000, 120);
    });

    [Fact]
    public void A_receive_that_waits_for_a_dispatch_handler_does_not_ask_for_room_that_has_gone_back() => Bench.Run(async bench =>
    {
        string slow = await bench.QueueAsync("slow"), other = await bench.QueueAsync("other");
        await bench.SendManyAsync(slow, 100);
        int told = 0;
        await bench.StartAsync(z =>
        {
            z.Concurrency = 40;
            foreach (string name in (string[])["slow", "other"])
                z.Queue(name, q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMinutes(10), bench.Time, cancel)));
            z.OnDispatch(async (queue, _, cancel) =>
            {
                if (queue == "slow" && ++told > 2)
                    await Task.Delay(TimeSpan.FromSeconds(3), bench.Time, cancel);
            });
        });
        await bench.Until(() => bench.Status.Received == 20 && told == 4, 1);
        await bench.SendManyAsync(other, 100);
        await bench.Until(() => bench.Worker.GetStatus().SlotsUsed == 40, 2.5);
        await bench.Pass(10);
        // The first receive waits on for messages, also without room; no other.
        Assert.InRange(bench.Status.Received, 20, 30);
    });

    /// <summary>It was passed over for a queue that was called in the same moment and came after it in the list.</summary>
    [Fact]
    public void A_backlog_is_called_together_with_an_idle_queue_that_is_listed_after_it() => Bench.Run(async bench =>
    {
        string busy = await bench.QueueAsync("busy");
        await bench.QueueAsync("idle");
        List<double> asked = [];
        double ended = 0;
        bench.Faults.Watch = (action, call) =>
        {
            if (action == "ReceiveMessage" && call["QueueUrl"]!.GetValue<string>().EndsWith("busy", StringComparison.Ordinal))
                asked.Add(bench.Now());
        };
        // What ends a moment later calls again.
        bench.Faults.Rule = static (action, _) => action == "DeleteMessageBatch" ? Fate.Late : Fate.Works;
        await bench.SendAsync(busy, "one");
        await bench.StartAsync(z =>
        {
            z.Concurrency = 1;
            z.Queue("busy", q => q.Handle(Body.Text, async (_, _, cancel) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(30), bench.Time, cancel);
                ended = bench.Now();
            }));
            z.Queue("idle", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
        });
        await bench.Pass(25);
        await bench.SendAsync(busy, "two");
        await bench.Until(() => ended > 0, 10);
        await bench.Until(() => asked[^1] >= ended, 5);
        Assert.InRange(asked.Find(at => at >= ended) - ended, 0, 0.5);
    });

    [Fact]
    public void A_repeated_fifo_receive_keeps_its_attempt_id_and_gets_the_lost_answer() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("a.fifo", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 3, static _ => "g");
        bench.Faults.Rule = (action, n) => action == "ReceiveMessage" && n == 0 ? Fate.LostAfter : Fate.Works;
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        // With an id of its own the second receive would find the group locked for ten minutes.
        await bench.Until(() => bench.Status.Done == 3, 10);
    });

    /// <summary>The rest of its group ran on without it. Found by the simulation.</summary>
    [Theory]
    [InlineData("a.fifo", "0 1 2 3")]
    [InlineData("a", "0 2 3 1")]
    public void A_message_without_an_id_comes_again_and_a_group_does_not_run_on_past_it(string queue, string order) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync(queue);
        await bench.SendManyAsync(url, 4, static _ => "g");
        bench.Faults.Rule = static (action, n) => action == "ReceiveMessage" && n == 0 ? Fate.Nameless : Fate.Works;
        List<string> ran = [];
        await bench.StartAsync(z => z.Queue(queue, q => q.Handle(Body.Text, (message, _, _) =>
        {
            ran.Add(message.Body);
            return ValueTask.CompletedTask;
        })));
        await bench.Until(() => bench.Status.Done == 4);

        Assert.Equal(order, string.Join(' ', ran));
    });

    [Theory]
    [InlineData(Fate.LostBefore, true)]
    [InlineData(Fate.Hangs, true)]
    [InlineData(Fate.Throttled, false)] // SQS takes no id for a second time from a call that it has refused
    public void Only_a_fifo_receive_that_had_no_answer_keeps_its_attempt_id(Fate fate, bool keeps) => Bench.Run(async bench =>
    {
        await bench.QueueAsync("a.fifo");
        List<string> ids = [];
        bench.Faults.Watch = (action, call) =>
        {
            if (action == "ReceiveMessage")
                ids.Add(call["ReceiveRequestAttemptId"]!.GetValue<string>());
        };
        bench.Faults.Rule = (action, n) => action == "ReceiveMessage" && n == 0 ? fate : Fate.Works;
        await bench.StartAsync(z => z.Queue("a.fifo", q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask)));
        await bench.Until(() => ids.Count == 3);
        Assert.Equal(keeps, ids[0] == ids[1]);
        Assert.NotEqual(ids[1], ids[2]);
    });

    [Fact]
    public void Quiet_receives_nothing_and_resume_goes_on() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await Worked(bench, 10, 0);
        bench.Worker.Quiet();
        await bench.Pass(25);
        await bench.SendAsync(url, "one");
        await bench.Pass(100);
        Assert.Equal(0, bench.Status.Done);
        Assert.Equal(WorkerState.Quiet, bench.Worker.GetStatus().State);
        bench.Worker.Resume();
        await bench.Until(() => bench.Status.Done == 1, 1);
    });

    private static Task Worked(Bench bench, int concurrency, int workMs) => bench.StartAsync(z =>
    {
        z.Concurrency = concurrency;
        z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) =>
        {
            if (workMs > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(workMs), bench.Time, cancel);
        }));
    });

    private static void Quick(ZanshinBuilder z) => z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
}
