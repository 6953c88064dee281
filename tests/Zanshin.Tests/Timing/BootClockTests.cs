using Zanshin.Timing;

namespace Zanshin.Tests.Timing;

public class BootClockTests
{
    [Fact]
    public void The_clock_that_counts_suspensions_goes_on_as_the_monotonic_one_does()
    {
        Assert.SkipUnless(BootClock.Read is not null, "This system has none.");
        TimeSpan began = BootClock.Read!();
        long ticks = TimeProvider.System.GetTimestamp();
        Thread.SpinWait(2_000_000);
        TimeSpan monotonic = TimeProvider.System.GetElapsedTime(ticks), boot = BootClock.Read() - began;
        Assert.InRange(boot, monotonic, monotonic + TimeSpan.FromSeconds(1));
        Assert.True(Surroundings.Production(TimeProvider.System).CountsSuspensions);
    }
}
