namespace Zanshin.Testing.Tests;

public sealed class VirtualTimeFaultTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private readonly VirtualTime _time = new();

    [Fact]
    public void A_post_from_another_thread_fails_the_run_and_shows_where()
    {
        var fault = Faults(VirtualTimeFault.LeftVirtualTime, async () =>
        {
            var thread = new Thread(PostFromElsewhere);
            thread.Start();
            thread.Join();
            await Task.Delay(s_second, _time);
        });
        Assert.Contains(nameof(PostFromElsewhere), fault.Message, StringComparison.Ordinal);
        Assert.Contains("left virtual time", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_timer_armed_on_another_thread_fails_the_run() =>
        Faults(VirtualTimeFault.LeftVirtualTime, async () =>
        {
            var thread = new Thread(() => _time.CreateTimer(_ => { }, null, s_second, s_second));
            thread.Start();
            thread.Join();
            await Task.Delay(s_second, _time);
        });

    [Fact]
    public void A_real_timer_fails_the_run_and_the_remedy_is_said()
    {
        var fault = Faults(VirtualTimeFault.LeftVirtualTime, () => Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
        Assert.Contains("Task.Delay(time, timeProvider, cancel)", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wait_that_nothing_ends_fails_the_run()
    {
        var fault = Faults(VirtualTimeFault.Stalled, async () =>
        {
            await Task.Delay(s_second, _time);
            await new TaskCompletionSource().Task;
        });
        Assert.Contains("waits for something that virtual time does not drive", fault.Message, StringComparison.Ordinal);
        Assert.Contains("00:00:01", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_of_virtual_time_fails_the_run()
    {
        async Task Forever()
        {
            while (true)
                await Task.Delay(s_second, _time);
        }
        Faults(VirtualTimeFault.LimitReached, Forever);
        Assert.Equal(TimeSpan.FromDays(1), _time.GetElapsedTime(0));

        var time = new VirtualTime();
        time.Run(() => Task.Delay(TimeSpan.FromDays(3), time), TimeSpan.FromDays(3));
        time.Run(() => Task.Delay(TimeSpan.FromDays(30), time), Timeout.InfiniteTimeSpan);
        Assert.Throws<VirtualTimeException>(() => time.Run(() => Task.Delay(TimeSpan.FromDays(3), time), TimeSpan.FromDays(2)));
    }

    [Fact]
    public void A_loop_that_waits_for_no_time_fails_the_run() =>
        Faults(VirtualTimeFault.LimitReached, async () =>
        {
            while (true)
                await Task.Yield();
        });

    [Fact]
    public void Send_from_elsewhere_is_refused()
    {
        Assert.Throws<InvalidOperationException>(() => _time.Context.Send(_ => { }, null));
    }

    private VirtualTimeException Faults(VirtualTimeFault fault, Func<Task> body)
    {
        var thrown = Assert.Throws<VirtualTimeException>(() => _time.Run(body));
        Assert.Equal(fault, thrown.Fault);
        return thrown;
    }

    private void PostFromElsewhere() => _time.Context.Post(_ => { }, null);
}
