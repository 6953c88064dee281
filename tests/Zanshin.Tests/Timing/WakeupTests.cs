using Zanshin.Testing;
using Zanshin.Timing;

namespace Zanshin.Tests.Timing;

public class WakeupTests
{
    [Fact]
    public void A_wait_ends_at_its_moment() => On(async (time, surroundings, wakeup) =>
    {
        await wakeup.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.InRange(surroundings.Now, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.01));
    });

    [Fact]
    public void Its_timer_keeps_nothing_of_who_made_it()
    {
        var clock = new FlowClock();
        using (new Wakeup(new Surroundings(clock, new Random(1), null)))
            Assert.True(clock.Suppressed);
        Assert.False(ExecutionContext.IsFlowSuppressed());
    }

    private sealed class FlowClock : TimeProvider
    {
        public bool Suppressed { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Suppressed = ExecutionContext.IsFlowSuppressed();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    [Fact]
    public void A_wake_ends_a_wait_that_has_no_moment() => On(async (time, surroundings, wakeup) =>
    {
        using ITimer timer = time.CreateTimer(_ => wakeup.Set(), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        await wakeup.WaitAsync(TimeSpan.MaxValue);
        Assert.Equal(TimeSpan.FromSeconds(3), surroundings.Now);
    });

    [Fact]
    public void A_wake_before_the_wait_is_kept_once() => On(async (time, surroundings, wakeup) =>
    {
        wakeup.Set();
        wakeup.Set();
        await wakeup.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(TimeSpan.Zero, surroundings.Now);
        await wakeup.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.InRange(surroundings.Now, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.01));
    });

    [Fact]
    public void A_moment_further_than_timers_reach_is_waited_for() => On(async (time, surroundings, wakeup) =>
    {
        while (surroundings.Now < TimeSpan.FromDays(3))
            await wakeup.WaitAsync(TimeSpan.FromDays(3));
        Assert.InRange(surroundings.Now, TimeSpan.FromDays(3), TimeSpan.FromDays(3.01));
    });

    private static void On(Func<VirtualTime, Surroundings, Wakeup, Task> body)
    {
        var time = new VirtualTime();
        time.Run(
            async () =>
            {
                var surroundings = new Surroundings(time, new Random(1), time.Context);
                using var wakeup = new Wakeup(surroundings);
                await body(time, surroundings, wakeup);
            },
            Timeout.InfiniteTimeSpan);
        Assert.Equal(0, time.LiveTimers);
    }

    /// <summary>The timer stood still with the machine; the clock did not. Found by the simulation.</summary>
    [Fact]
    public void A_wait_for_a_moment_that_was_armed_before_a_suspension_does_not_come_late_by_it()
    {
        var time = new VirtualTime();
        time.Run(async () =>
        {
            TimeSpan suspended = TimeSpan.Zero;
            var surroundings = new Surroundings(time, new Random(1), time.Context, () => time.GetElapsedTime(0) + suspended);
            using var wakeup = new Wakeup(surroundings);
            async Task WaitAsync(TimeSpan until) => await wakeup.WaitAsync(until);
            Task first = WaitAsync(TimeSpan.FromSeconds(400));
            await Task.Delay(TimeSpan.FromSeconds(10), time);
            suspended = TimeSpan.FromSeconds(300);
            wakeup.Set();
            await first;
            await WaitAsync(TimeSpan.FromSeconds(400));
            Assert.InRange(surroundings.Now, TimeSpan.FromSeconds(400), TimeSpan.FromSeconds(400.1));
        });
    }
}
