using Zanshin.Settling;

namespace Zanshin.Tests.Settling;

public class FlushScheduleTests
{
    [Theory]
    [InlineData(100, 30, 0.2)]
    [InlineData(25, 30, 0.8)]
    [InlineData(10, 30, 1)] // a second at most
    [InlineData(0, 30, 1)]
    [InlineData(100, 1, 0.1)] // and a tenth of the lease
    [InlineData(5000, 30, 0.02)] // a pause of the scheduler is no reason to send nine
    public void A_batch_waits_twice_as_long_as_it_needs_to_fill(double endsPerSecond, int visibility, double seconds) =>
        Assert.Equal(seconds, new FlushSchedule(TimeSpan.FromSeconds(visibility)).Linger(endsPerSecond).TotalSeconds, 6);
}
