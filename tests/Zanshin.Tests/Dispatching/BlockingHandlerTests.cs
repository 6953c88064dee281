using System.Collections.Concurrent;
using System.Diagnostics;
using Zanshin.Dispatching;
using Zanshin.Tests.Rig;
using Zanshin.Timing;

namespace Zanshin.Tests.Dispatching;

/// <summary>Handlers that block their threads: on the pool, and on threads of their own.</summary>
[Collection("Pool")]
public class BlockingHandlerTests
{
    private const int Slots = 40;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handlers_that_block_their_threads_lose_no_lease(bool own)
    {
        int before = Min();
        await using (var real = await RealWorker.StartAsync(
            z =>
            {
                z.Concurrency = Slots;
                z.Queue("orders", q =>
                {
                    q.RunOnOwnThreads = own;
                    q.Handle(Body.Text, static (_, _, _) =>
                    {
                        Block(8_000);
                        return ValueTask.CompletedTask;
                    });
                });
            },
            ["orders"],
            each: Slots))
        {
            Assert.Equal(own ? before : before + Slots, Min());
            await real.UntilAsync(() => real.Worker.GetStatus().Queues[0].Done == Slots);
            QueueStatus status = real.Worker.GetStatus().Queues[0];
            Assert.Equal((0, 0, 0), (status.LeasesLost, status.Redelivered, status.Unconfirmed));
            Assert.True(status.LeasesExtended >= 2 * Slots, $"{status.LeasesExtended} extensions");
        }
        Assert.Equal(before, Min());
    }

    [Fact]
    public void The_minimum_adds_up_over_workers_and_is_the_process_s_own_again()
    {
        int before = Min();
        var one = new PoolFloor(100);
        var other = new PoolFloor(PoolFloor.Most);
        one.Add(1_000);
        other.Add(20);
        Assert.Equal(before + 120, Min());
        one.Add(30);
        Assert.Equal(before + 50, Min());
        // The process sets it meanwhile: that is what it has then.
        ThreadPool.GetMinThreads(out _, out int ports);
        ThreadPool.SetMinThreads(before + 200, ports);
        other.Add(0);
        Assert.Equal(before + 230, Min());
        one.Add(0);
        Assert.Equal(before + 200, Min());
        ThreadPool.SetMinThreads(before, ports);
    }

    [Fact]
    public void Runs_are_held_back_while_the_pool_is_late()
    {
        var pace = new PoolPace();
        Run first = Run(0), second = Run(0.1);
        Assert.True(pace.MayBegin(Seconds(0)));
        pace.Begin(first);
        Assert.True(pace.MayBegin(Seconds(0.1)));
        pace.Begin(second);
        Assert.False(pace.MayBegin(Seconds(0.5)));
        Assert.True(pace.HoldsBack);
        // One has got its thread, the other not: one by one from here.
        first.HasThread = true;
        Assert.False(pace.MayBegin(Seconds(0.55)));
        second.HasThread = true;
        Assert.True(pace.MayBegin(Seconds(0.56)));
        Assert.False(pace.HoldsBack);
        pace.Begin(Run(0.56));
        Assert.False(pace.MayBegin(Seconds(0.57)));
        Assert.False(pace.MayBegin(Seconds(11)));
    }

    [Fact]
    public async Task A_pool_that_is_late_is_told_with_what_blocks_it()
    {
        // What other tests have made of the pool does not count.
        using var small = new SmallPool(8);
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                (z.Concurrency, z.MinThreads) = (24, 0);
                z.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) =>
                {
                    Block(4_000);
                    return ValueTask.CompletedTask;
                }));
            },
            ["orders"],
            each: 24);
        var seen = new ConcurrentBag<string>();
        await Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < 600 && !real.Log.Lines.Any(static l => l.Id == 92); i++)
                    Block(100);
                if (real.Worker.GetStatus().Queues[0].Trouble is { } trouble)
                    seen.Add(trouble);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.Contains(real.Log.Lines, static l => l.Id == 92 && l.Text.Contains("RunOnOwnThreads", StringComparison.Ordinal));
        Assert.Contains(seen, static t => t.Contains("thread pool", StringComparison.Ordinal));
        await real.UntilAsync(() => real.Worker.GetStatus().Queues[0] is { Waiting: 0, Running: 0 });
    }

    [Fact]
    public async Task A_handler_runs_on_threads_of_its_queue_s_own()
    {
        var own = new ConcurrentDictionary<int, string?>();
        var flows = new ConcurrentBag<(string?, string?)>();
        int wrong = 0, most = 0, now = 0;
        await using (var real = await RealWorker.StartAsync(
            z =>
            {
                z.Concurrency = 3;
                z.Use(async (message, next, cancel) =>
                {
                    s_local.Value = message.Id;
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancel);
                    return await next(message, cancel);
                });
                z.Queue("orders", q =>
                {
                    q.RunOnOwnThreads = true;
                    q.Handle(Body.Text, async (message, _, cancel) =>
                    {
                        InterlockedMax(ref most, Interlocked.Increment(ref now));
                        See();
                        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancel);
                        See();
                        flows.Add((message.Id, s_local.Value));
                        Interlocked.Decrement(ref now);
                    });
                });
                z.Queue("pool", q => q.Handle(Body.Text, (_, _, _) =>
                {
                    if (!Thread.CurrentThread.IsThreadPoolThread)
                        Interlocked.Increment(ref wrong);
                    return ValueTask.CompletedTask;
                }));
                z.Queue("one", q =>
                {
                    q.HandleBatch(
                        Body.Text,
                        (_, _, _) =>
                        {
                            if (Thread.CurrentThread.Name != "Zanshin one")
                                Interlocked.Increment(ref wrong);
                            return ValueTask.FromResult<BatchOutcome>(Outcome.Done);
                        },
                        configure: static h => h.RunOnOwnThreads = true);
                });
            },
            ["orders", "pool", "one"],
            each: 30))
        {
            await real.UntilAsync(() => real.Worker.GetStatus().Queues.All(static q => q.Done == 30));
            Assert.Equal(0, wrong);
            Assert.All(own.Values, static name => Assert.Equal("Zanshin orders", name));
            Assert.InRange(own.Count, 1, 3);
            Assert.InRange(most, 1, 3);
            Assert.Equal(30, flows.Count);
            Assert.All(flows, static flow => Assert.Equal(flow.Item1, flow.Item2));
            if (OperatingSystem.IsLinux())
                Assert.InRange(Named("Zanshin orders"), 1, 3);
        }
        // The kernel's part of a thread that has been joined ends a moment later.
        Assert.True(!OperatingSystem.IsLinux() || SpinWait.SpinUntil(static () => Named("Zanshin orders") == 0, 5_000));

        void See()
        {
            own[Environment.CurrentManagedThreadId] = Thread.CurrentThread.Name;
            if (Thread.CurrentThread.IsThreadPoolThread)
                Interlocked.Increment(ref wrong);
        }
    }

    /// <summary>Its continuation is there before its thread is free, and all others are taken.</summary>
    [Fact]
    public async Task What_a_handler_awaits_comes_back_to_its_own_threads_also_where_all_are_taken()
    {
        int runs = 0, pool = 0;
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                z.Concurrency = 2;
                z.Queue("orders", q =>
                {
                    q.RunOnOwnThreads = true;
                    q.Handle(Body.Text, async (_, _, _) =>
                    {
                        for (int i = 0; i < 3; i++)
                        {
                            await Task.Yield();
                            Interlocked.Increment(ref runs);
                            Interlocked.Add(ref pool, Thread.CurrentThread.IsThreadPoolThread ? 1 : 0);
                            Block(5);
                        }
                    });
                });
            },
            ["orders"],
            each: 20);
        await real.UntilAsync(() => real.Worker.GetStatus().Queues[0].Done == 20);
        Assert.Equal(60, runs);
        // Where the machine gives them no processor, the pool takes over.
        Assert.InRange(pool, 0, 6);
    }

    /// <summary>Its thread ends at the stop while it awaits; what it awaited comes to the pool then.</summary>
    [Fact]
    public async Task A_handler_that_awaits_something_beyond_the_stop_can_still_end()
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int ended = 0;
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                (z.Concurrency, z.Timeout) = (2, TimeSpan.FromSeconds(2));
                z.Queue("orders", q =>
                {
                    q.RunOnOwnThreads = true;
                    q.Handle(Body.Text, async (_, _, _) =>
                    {
                        await gone.Task;
                        await Task.Yield();
                        Interlocked.Increment(ref ended);
                    });
                });
            },
            ["orders"],
            each: 2);
        await real.UntilAsync(() => real.Worker.GetStatus().Queues[0].Running == 2);
        await real.Worker.StopAsync(default).WaitAsync(TimeSpan.FromSeconds(20));
        gone.SetResult();
        await real.UntilAsync(() => real.Worker.GetStatus().TasksAlive == 0);
        Assert.Equal(2, ended);
    }

    /// <summary>What flows with a message on the pool flows to the threads of its queue's own too, and nothing of one message is left on its thread for the next.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_message_s_context_goes_with_it_to_its_thread_and_ends_there(bool own)
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var seen = new ConcurrentBag<(string Id, string? Process, string? Inner, string? Left)>();
        var processed = new ConcurrentDictionary<string, string?>();
        using var inner = new ActivitySource($"inner {own}");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Zanshin" || source == inner,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        s_local.Value = "the host's";
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                z.Concurrency = 2;
                z.Use((message, next, cancel) =>
                {
                    processed[message.Id] = Activity.Current?.Id;
                    s_local.Value = message.Id;
                    return next(message, cancel);
                });
                z.Queue("orders", q =>
                {
                    q.RunOnOwnThreads = own;
                    q.Handle(Body.Text, async (message, _, cancel) =>
                    {
                        string? left = s_left.Value;
                        s_left.Value = message.Id;
                        string? local = s_local.Value;
                        await Task.Yield();
                        using Activity? activity = inner.StartActivity("work");
                        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancel);
                        seen.Add((message.Id, local == message.Id && s_local.Value == local ? activity?.ParentId : "another's", Activity.Current == activity ? activity?.TraceId.ToHexString() : null, left));
                    });
                });
            },
            ["orders"],
            each: 0);
        await real.Client.SendMessageBatchAsync((await real.Client.GetQueueUrlAsync("orders")).QueueUrl, [.. Enumerable.Range(0, 10).Select(static i => new Amazon.SQS.Model.SendMessageBatchRequestEntry($"{i}", $"{i}")
        {
            MessageAttributes = new() { ["traceparent"] = new() { DataType = "String", StringValue = Trace } },
        })]);
        await real.UntilAsync(() => real.Worker.GetStatus().Queues[0].Done == 10);

        Assert.Equal(10, seen.Count);
        Assert.All(seen, run => Assert.Equal((processed[run.Id], "0af7651916cd43dd8448eb211c80319c", null), (run.Process, run.Inner, run.Left)));
        Assert.DoesNotContain(null, processed.Values);
    }

    // The one thread of the one slot is blocked by who waits for what would come back to it.
    [Fact]
    public async Task What_blocks_a_thread_and_waits_for_another_waits_not_for_ever()
    {
        await using var real = await RealWorker.StartAsync(
            static z =>
            {
                z.Concurrency = 1;
                z.Queue("orders", static q =>
                {
                    q.RunOnOwnThreads = true;
                    q.Handle(Body.Text, static (_, _, _) =>
                    {
                        ((IAsyncResult)InnerAsync()).AsyncWaitHandle.WaitOne();
                        return ValueTask.CompletedTask;
                    });
                });
            },
            ["orders"],
            each: 5);
        await real.UntilAsync(() => real.Worker.GetStatus().Queues[0].Done == 5);

        static async Task InnerAsync()
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_handler_that_never_returns_keeps_its_own_thread_and_no_stop()
    {
        using var never = new ManualResetEventSlim();
        await using var real = await RealWorker.StartAsync(
            z =>
            {
                (z.Concurrency, z.Timeout) = (2, TimeSpan.FromSeconds(2));
                z.Queue("orders", q =>
                {
                    q.RunOnOwnThreads = true;
                    q.Handle(Body.Text, (_, _, _) =>
                    {
                        never.Wait(TimeSpan.FromSeconds(60), CancellationToken.None);
                        return ValueTask.CompletedTask;
                    });
                });
            },
            ["orders"],
            each: 1);
        await real.UntilAsync(() => real.Worker.GetStatus().Queues[0].Running == 1);
        Assert.Contains("blocks thread", real.Worker.GetInFlight().Single().Where, StringComparison.Ordinal);
        await real.Worker.StopAsync(default).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Contains(real.Log.Lines, static l => l.Id == 4);
        never.Set();
        await real.UntilAsync(() => real.Worker.GetStatus().TasksAlive == 0 && (!OperatingSystem.IsLinux() || Named("Zanshin orders") == 0));
    }

    private static readonly AsyncLocal<string?> s_local = new();
    private static readonly AsyncLocal<string?> s_left = new();

    private static Run Run(double began) =>
        new(null!, [new Delivery("orders", null, new Amazon.SQS.Model.Message { MessageId = "m", Body = "" })], Seconds(began)) { Permits = [], Earlier = [] };

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>A pool of so many threads at most, until it is disposed.</summary>
    private sealed class SmallPool : IDisposable
    {
        private readonly int _most;
        private readonly int _ports;

        public SmallPool(int most)
        {
            ThreadPool.GetMaxThreads(out _most, out _ports);
            Assert.True(ThreadPool.SetMaxThreads(Math.Max(most, Min()), _ports));
        }

        public void Dispose() => ThreadPool.SetMaxThreads(_most, _ports);
    }

    private static void Block(int milliseconds)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(milliseconds);
    }

    private static int Min()
    {
        ThreadPool.GetMinThreads(out int min, out _);
        return min;
    }

    private static int Named(string name) => Directory.EnumerateDirectories("/proc/self/task").Count(thread =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).Trim() == name;
        }
        catch (IOException)
        {
            return false;
        }
    });

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }
}
