using System.Threading.Channels;

namespace Zanshin.Testing.Tests.Replay;

/// <summary>What worker code may use: each of these comes back to the pump, in the same order in each run.</summary>
public sealed class StaysTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly VirtualTime _time = new();

    [Theory]
    [InlineData(TaskCreationOptions.None)]
    [InlineData(TaskCreationOptions.RunContinuationsAsynchronously)]
    public void TaskCompletionSource(TaskCreationOptions options) => Stays(async () =>
    {
        var signal = new TaskCompletionSource(options);
        using var timer = After(s_second, signal.SetResult);
        await signal.Task;
    });

    [Fact]
    public void ValueTaskSource_that_continues_asynchronously() => Stays(async () =>
    {
        var signal = new Signal(runContinuationsAsynchronously: true);
        using var timer = After(s_second, signal.Set);
        await signal.WaitAsync();
    });

    [Fact]
    public void ValueTaskSource_that_continues_synchronously() => Stays(async () =>
    {
        var signal = new Signal(runContinuationsAsynchronously: false);
        using var timer = After(s_second, signal.Set);
        await signal.WaitAsync();
    });

    [Fact]
    public void Delay_ended() => Stays(() => Task.Delay(s_second, _time, new CancellationTokenSource().Token));

    [Fact]
    public void Delay_cancelled() => Stays(async () =>
    {
        using var cancel = new CancellationTokenSource();
        using var timer = After(s_second, cancel.Cancel);
        await IsCancelled(() => Task.Delay(2 * s_second, _time, cancel.Token));
    });

    [Fact]
    public void CancellationTokenSource_by_time_and_linked() => Stays(async () =>
    {
        using var cancel = new CancellationTokenSource(s_second, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel.Token);
        var cancelled = new TaskCompletionSource();
        await using var registration = linked.Token.Register(cancelled.SetResult);
        await cancelled.Task;
    });

    [Fact]
    public void WaitAsync_ended_timed_out_and_cancelled() => Stays(async () =>
    {
        await Task.Delay(s_second, _time).WaitAsync(2 * s_second, _time, CancellationToken.None);
        await Assert.ThrowsAsync<TimeoutException>(() => Task.Delay(3 * s_second, _time).WaitAsync(s_second, _time, CancellationToken.None));
        using var cancel = new CancellationTokenSource(s_second, _time);
        await IsCancelled(() => Task.Delay(3 * s_second, _time).WaitAsync(2 * s_second, _time, cancel.Token));
        await Task.Delay(10 * s_second, _time); // the abandoned delays end
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Channel_read_and_awaited(bool synchronous) => Stays(async () =>
    {
        var channel = Channel.CreateUnbounded<int>(new() { AllowSynchronousContinuations = synchronous, SingleReader = false });
        using var timer = _time.CreateTimer(_ => channel.Writer.TryWrite(1), null, s_second, s_second);
        await channel.Reader.ReadAsync();
        Assert.True(await channel.Reader.WaitToReadAsync());
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Bounded_channel_written(bool synchronous) => Stays(async () =>
    {
        var channel = Channel.CreateBounded<int>(new BoundedChannelOptions(1) { AllowSynchronousContinuations = synchronous });
        using var timer = _time.CreateTimer(_ => channel.Reader.TryRead(out var _), null, s_second, s_second);
        await channel.Writer.WriteAsync(1);
        await channel.Writer.WriteAsync(2);
        Assert.True(await channel.Writer.WaitToWriteAsync());
    });

    [Fact]
    public void Channel_ReadAllAsync_with_synchronous_continuations() => Stays(async () =>
    {
        var channel = Channel.CreateUnbounded<int>(new() { AllowSynchronousContinuations = true });
        using var write = After(s_second, () => channel.Writer.TryWrite(1));
        using var complete = After(2 * s_second, () => channel.Writer.Complete());
        await foreach (var _ in channel.Reader.ReadAllAsync())
            await Task.Yield();
    });

    [Fact]
    public void SemaphoreSlim_without_token() => Stays(async () =>
    {
        using var gate = new SemaphoreSlim(0);
        using var timer = After(s_second, () => gate.Release());
        await gate.WaitAsync();
    });

    [Fact]
    public void PeriodicTimer_ticking_cancelled_and_disposed() => Stays(async () =>
    {
        using var ticks = new PeriodicTimer(s_second, _time);
        for (var i = 0; i < 3; i++)
            Assert.True(await ticks.WaitForNextTickAsync());
        using var cancel = new CancellationTokenSource(s_second / 2, _time);
        await IsCancelled(async () => await ticks.WaitForNextTickAsync(cancel.Token));
        using var end = After(s_second / 4, ticks.Dispose);
        Assert.False(await ticks.WaitForNextTickAsync());
    });

    [Fact]
    public void WhenAny_and_WhenAll() => Stays(async () =>
    {
        Task[] delays = [Task.Delay(2 * s_second, _time), Task.Delay(s_second, _time), Task.Delay(s_second, _time)];
        Assert.Same(delays[1], await Task.WhenAny(delays));
        await Task.WhenAll(delays);
        await Task.WhenAny(Task.Delay(s_second, _time), Task.Delay(s_second, _time));
        using var cancel = new CancellationTokenSource(s_second, _time);
        var awaited = DelayAsync(cancel.Token); // its own async method: see HopsTests for the bare delay
        Assert.Same(awaited, await Task.WhenAny(awaited, Task.Delay(2 * s_second, _time)));
        await IsCancelled(() => awaited);
        await Task.Delay(s_second, _time);

        async Task DelayAsync(CancellationToken token) => await Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
    });

    [Fact]
    public void Yield_and_await_using() => Stays(async () =>
    {
        await Task.Yield();
        await using var disposable = new SlowToDispose(_time);
        await Task.Yield();
    });

    [Fact]
    public void A_loop_started_with_flow_suppressed() => Stays(async () =>
    {
        Task loop;
        using (ExecutionContext.SuppressFlow())
            loop = LoopAsync();
        await loop;

        async Task LoopAsync()
        {
            for (var i = 0; i < 3; i++)
                await Task.Delay(s_second, _time);
        }
    });

    private void Stays(Func<Task> body)
    {
        var thread = Environment.CurrentManagedThreadId;
        _time.Run(async () =>
        {
            await body();
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            Assert.Same(_time.Context, SynchronizationContext.Current);
        });
        Assert.Equal(0, _time.LiveTimers);
    }

    private static async Task IsCancelled(Func<Task> wait) => await Assert.ThrowsAnyAsync<OperationCanceledException>(wait);

    private ITimer After(TimeSpan due, Action action) =>
        _time.CreateTimer(_ => action(), null, due, Timeout.InfiniteTimeSpan);

    private sealed class SlowToDispose(VirtualTime time) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Task.Delay(s_second, time);
    }
}
