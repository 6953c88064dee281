using System.Threading.Channels;

namespace Zanshin.Testing.Tests.Replay;

/// <summary>What worker code must not use: each of these continues on the thread pool, and the run fails and says so.</summary>
public sealed class HopsTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly VirtualTime _time = new();

    [Fact]
    public void ConfigureAwait_false_after_a_delay() => Hops(async () =>
    {
        await Task.Delay(s_second, _time).ConfigureAwait(false);
    });

    [Fact]
    public void ConfigureAwait_false_on_a_TaskCompletionSource() => Hops(async () =>
    {
        var signal = new TaskCompletionSource();
        using var timer = After(s_second, signal.SetResult);
        await signal.Task.ConfigureAwait(false);
    });

    [Fact]
    public void ConfigureAwait_false_on_a_value_task_source_that_continues_asynchronously() => Hops(async () =>
    {
        var signal = new Signal(runContinuationsAsynchronously: true);
        using var timer = After(s_second, signal.Set);
        await signal.WaitAsync().ConfigureAwait(false);
    });

    [Fact]
    public void CancelAsync() => Hops(async () =>
    {
        using var cancel = new CancellationTokenSource();
        var wait = Task.Delay(s_second, _time, cancel.Token);
        await cancel.CancelAsync();
        await wait;
    });

    [Fact]
    public void SemaphoreSlim_with_token() => Hops(async () =>
    {
        using var cancel = new CancellationTokenSource();
        using var gate = new SemaphoreSlim(0);
        using var timer = After(s_second, () => gate.Release());
        await gate.WaitAsync(cancel.Token);
    });

    [Fact]
    public void SemaphoreSlim_with_timeout() => Hops(async () =>
    {
        using var gate = new SemaphoreSlim(0);
        using var timer = After(s_second, () => gate.Release());
        await gate.WaitAsync(TimeSpan.FromMinutes(1));
    });

    [Fact]
    public void Channel_ReadAllAsync() => Hops(async () =>
    {
        var channel = Channel.CreateUnbounded<int>();
        using var write = After(s_second, () => channel.Writer.TryWrite(1));
        using var complete = After(2 * s_second, () => channel.Writer.Complete());
        await foreach (var _ in channel.Reader.ReadAllAsync())
            await Task.Yield();
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Channel_read_cancelled(bool synchronous) => Hops(async () =>
    {
        var channel = Channel.CreateUnbounded<int>(new() { AllowSynchronousContinuations = synchronous });
        using var cancel = new CancellationTokenSource(s_second, _time);
        await channel.Reader.ReadAsync(cancel.Token);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bounded_channel_write_cancelled(bool synchronous) => Hops(async () =>
    {
        var channel = Channel.CreateBounded<int>(new BoundedChannelOptions(1) { AllowSynchronousContinuations = synchronous });
        using var cancel = new CancellationTokenSource(s_second, _time);
        await channel.Writer.WriteAsync(1);
        await channel.Writer.WriteAsync(2, cancel.Token);
    });

    [Fact]
    public void ValueTask_AsTask_of_a_default_channel() => Hops(async () =>
    {
        var channel = Channel.CreateUnbounded<int>();
        using var write = After(s_second, () => channel.Writer.TryWrite(1));
        await channel.Reader.ReadAsync().AsTask();
    });

    [Fact]
    public void WhenEach() => Hops(async () =>
    {
        await foreach (var delay in Task.WhenEach(Task.Delay(s_second, _time), Task.Delay(2 * s_second, _time)))
            await delay;
    });

    [Fact]
    public void WhenAny_of_a_delay_that_is_cancelled() => Hops(async () =>
    {
        using var cancel = new CancellationTokenSource(s_second, _time);
        await Task.WhenAny(Task.Delay(Timeout.InfiniteTimeSpan, _time, cancel.Token), Task.Delay(2 * s_second, _time));
    });

    [Fact]
    public void WhenAny_of_a_TaskCompletionSource_that_continues_asynchronously() => Hops(async () =>
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = After(s_second, signal.SetResult);
        await Task.WhenAny(signal.Task, Task.Delay(2 * s_second, _time));
    });

    [Fact]
    public void WhenAll_of_a_TaskCompletionSource_that_continues_asynchronously() => Hops(async () =>
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = After(s_second, signal.SetResult);
        await Task.WhenAll(signal.Task, Task.Delay(s_second, _time));
    });

    [Fact]
    public void WaitAsync_on_a_TaskCompletionSource_that_continues_asynchronously() => Hops(async () =>
    {
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var timer = After(s_second, signal.SetResult);
        await signal.Task.WaitAsync(2 * s_second, _time, CancellationToken.None);
    });

    [Fact]
    public void Work_for_the_pool_that_nobody_awaits() => Hops(() =>
    {
        ThreadPool.UnsafeQueueUserWorkItem(_ => { }, null);
        return Task.CompletedTask;
    });

    [Fact]
    public void TaskFactory_StartNew_on_the_default_scheduler() => Hops(() =>
        Task.Factory.StartNew(() => { }, default, TaskCreationOptions.None, TaskScheduler.Default));

    [Fact]
    public void ContinueWith_on_the_default_scheduler() => Hops(() =>
        Task.Delay(s_second, _time).ContinueWith(_ => { }, TaskScheduler.Default));

    [Fact]
    public void Parallel_ForEachAsync() => Hops(() =>
        Parallel.ForEachAsync([1, 2, 3], async (_, token) => await Task.Delay(s_second, _time, token)));

    private void Hops(Func<Task> body)
    {
        var failure = Assert.Throws<VirtualTimeException>(() => _time.Run(body));
        Assert.Equal(VirtualTimeFault.LeftVirtualTime, failure.Fault);
        Assert.Contains(" at System.", failure.Message, StringComparison.Ordinal);
    }

    private ITimer After(TimeSpan due, Action action) =>
        _time.CreateTimer(_ => action(), null, due, Timeout.InfiniteTimeSpan);
}
