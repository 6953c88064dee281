using System.Runtime.CompilerServices;
using Zanshin.Diagnosis;

#pragma warning disable RS0030 // What is left behind here is real: real timers, real delays.

namespace Zanshin.Testing.Tests.Leaks;

/// <summary>Real threads, timers and tasks: each that is left behind is named with the line that started it.</summary>
public class NoLeaksTests
{
    private static readonly NoLeaksOptions s_short = new() { Linger = TimeSpan.FromMilliseconds(300) };

    [Fact]
    public async Task Work_that_leaves_nothing_passes() => await NoLeaks.VerifyAsync(async () =>
    {
        using var timer = new Timer(static _ => { }, null, 10, 10);
        var thread = new Thread(static () => { });
        thread.Start();
        await Task.Delay(5);
        await Task.Run(static () => { });
        using var linked = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        thread.Join();
    });

    [Fact]
    public async Task What_takes_a_moment_to_end_is_waited_for()
    {
        using var ends = new ManualResetEventSlim();
        await NoLeaks.VerifyAsync(() =>
        {
            new Thread(() => ends.Wait()) { IsBackground = true }.Start();
            _ = Task.Delay(20).ContinueWith(_ => ends.Set(), TaskScheduler.Default);
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_thread_is_named_with_the_line_that_started_it()
    {
        using var end = new ManualResetEventSlim();
        Leak leak = await FindsAsync(() =>
        {
            StartExtender(end);
            return Task.CompletedTask;
        });
        end.Set();
        Assert.Equal(["thread"], leak.Kinds);
        Assert.Equal("thread named extender", leak.What);
        AssertSite(leak, nameof(StartExtender), s_extenderLine);
    }

    [Fact]
    public async Task A_long_running_task_and_its_thread_are_one_finding()
    {
        using var end = new ManualResetEventSlim();
        int line = 0;
        Leak leak = await FindsAsync(() =>
        {
            line = Line() + 1;
            _ = Task.Factory.StartNew(() => end.Wait(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            return Task.CompletedTask;
        });
        end.Set();
        Assert.Equal(["thread", "task"], leak.Kinds);
        AssertSite(leak, nameof(A_long_running_task_and_its_thread_are_one_finding), line);
    }

    [Fact]
    public async Task A_timer_is_named_with_the_line_that_started_it()
    {
        Timer? timer = null;
        int line = 0;
        Leak leak = await FindsAsync(() =>
        {
            line = Line() + 1;
            timer = new Timer(static _ => { }, null, 60_000, 60_000);
            return Task.CompletedTask;
        });
        timer!.Dispose();
        Assert.Equal(["timer"], leak.Kinds);
        Assert.Equal("timer (due 60,000 ms, period 60,000 ms)", leak.What);
        AssertSite(leak, nameof(A_timer_is_named_with_the_line_that_started_it), line);
    }

    [Fact]
    public async Task A_token_source_with_a_time_limit_that_is_not_disposed_is_a_timer()
    {
        CancellationTokenSource? limit = null;
        Leak leak = await FindsAsync(() =>
        {
            limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            return Task.CompletedTask;
        });
        limit!.Dispose();
        Assert.Equal(["timer"], leak.Kinds);
    }

    [Fact]
    public async Task A_loop_over_a_periodic_timer_is_one_finding_with_the_line_that_called_it()
    {
        var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        int line = 0;
        Leak leak = await FindsAsync(async () =>
        {
            line = Line() + 1;
            _ = LoopAsync(timer);
            await Task.Yield();
        });
        timer.Dispose();
        Assert.Equal("async", leak.Kinds[0]);
        AssertSite(leak, nameof(A_loop_over_a_periodic_timer_is_one_finding_with_the_line_that_called_it), line);
    }

    [Fact]
    public async Task Tests_in_parallel_keep_apart()
    {
        Timer? leaked = null;
        using var started = new SemaphoreSlim(0);
        Task<Leak> leaky = FindsAsync(() =>
        {
            leaked = new Timer(static _ => { }, null, 60_000, 60_000);
            started.Release();
            return Task.CompletedTask;
        });
        await started.WaitAsync();
        await NoLeaks.VerifyAsync(async () => await Task.Delay(1), s_short);
        Assert.Equal(1, (await leaky).Count);
        await leaked!.DisposeAsync();
    }

    [Fact]
    public async Task The_works_own_failure_is_thrown_as_it_is()
    {
        Timer? timer = null;
        await Assert.ThrowsAsync<InvalidOperationException>(() => NoLeaks.VerifyAsync(() =>
        {
            timer = new Timer(static _ => { }, null, 60_000, 60_000);
            throw new InvalidOperationException("its own");
        }));
        timer!.Dispose();
    }

    [Fact]
    public async Task A_watch_overlooks_the_method_that_watches_itself_and_asserts_only_when_told()
    {
        using (NoLeaksWatch clean = NoLeaks.Watch(s_short))
        {
            await Task.Delay(1);
            await clean.VerifyAsync();
        }
        Timer timer;
        using (NoLeaks.Watch(s_short))
            timer = new Timer(static _ => { }, null, 60_000, 60_000);
        timer.Dispose();
    }

    [Fact]
    public async Task What_was_there_and_what_is_named_is_overlooked()
    {
        using NoLeaksWatch watch = NoLeaks.Watch(new() { Linger = TimeSpan.FromMilliseconds(100), IgnoreStartedBy = ["NoLeaksTests.StartNamed"] });
        await using var first = new Timer(static _ => { }, null, 60_000, 60_000);
        watch.IgnoreCurrent();
        await using Timer second = StartNamed();
        await watch.VerifyAsync();
    }

    [Fact]
    public async Task A_timer_of_a_virtual_clock_counts()
    {
        var time = new VirtualTime();
        ITimer? timer = null;
        int line = 0;
        Leak leak = await FindsAsync(() =>
        {
            time.Run(async () =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), time);
                line = Line() + 1;
                timer = time.CreateTimer(static _ => { }, null, TimeSpan.FromHours(1), Timeout.InfiniteTimeSpan);
            });
            return Task.CompletedTask;
        });
        Assert.Equal(1, time.LiveTimers);
        Assert.Equal(leak.Frames[0], Assert.Single(time.FindLiveTimers()).Frames[0]);
        AssertSite(leak, nameof(A_timer_of_a_virtual_clock_counts), line);
        timer!.Dispose();
        Assert.Empty(time.FindLiveTimers());
    }

    private static async Task<Leak> FindsAsync(Func<Task> work)
    {
        LeaksFoundException failure = await Assert.ThrowsAsync<LeaksFoundException>(() => NoLeaks.VerifyAsync(work, s_short));
        Leak leak = Assert.Single(failure.Leaks);
        // The report begins with the start site.
        Assert.StartsWith(leak.Frames[0].ToString(), failure.Message, StringComparison.Ordinal);
        Assert.Equal([nameof(FindsAsync)], leak.Scopes);
        return leak;
    }

    private static void AssertSite(Leak leak, string method, int line)
    {
        Assert.Equal($"Zanshin.Testing.Tests.Leaks.NoLeaksTests.{method}", leak.Frames[0].Method.Replace(" (lambda)", "", StringComparison.Ordinal));
        Assert.Equal(line, leak.Frames[0].Line);
        Assert.EndsWith("NoLeaksTests.cs", leak.Frames[0].File, StringComparison.Ordinal);
    }

    private static int s_extenderLine;

    private static void StartExtender(ManualResetEventSlim end)
    {
        var extender = new Thread(end.Wait) { IsBackground = true, Name = "extender" };
        s_extenderLine = Line() + 1;
        extender.Start();
    }

    private static async Task LoopAsync(PeriodicTimer timer)
    {
        while (await timer.WaitForNextTickAsync())
        {
        }
    }

    private static Timer StartNamed() => new(static _ => { }, null, 60_000, 60_000);

    private static int Line([CallerLineNumber] int line = 0) => line;
}
