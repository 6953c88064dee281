using Zanshin.Dispatching;

namespace Zanshin.Tests.Dispatching;

public class FailurePaceTests
{
    [Fact]
    public void A_few_failures_among_successes_cost_nothing()
    {
        var pace = new FailurePace(10);
        for (int i = 0; i < 1000; i++)
        {
            pace.Failed(TimeSpan.Zero, 0.5);
            if (i % 5 == 4)
                pace.Succeeded();
        }
        Assert.Equal(10, pace.Slots);
        Assert.False(pace.Held);
    }

    [Fact]
    public void Failures_in_a_row_halve_it_to_one_and_then_it_pauses_ever_longer_up_to_5_seconds()
    {
        var pace = new FailurePace(16);
        List<int> slots = [];
        for (int i = 0; i < 39; i++)
        {
            pace.Failed(TimeSpan.Zero, 0.5);
            if (slots.LastOrDefault() != pace.Slots)
                slots.Add(pace.Slots);
        }
        Assert.Equal([16, 8, 4, 2, 1], slots);

        TimeSpan now = TimeSpan.FromHours(1), before = TimeSpan.Zero;
        for (int i = 0; i < 5; i++)
            pace.Failed(now, 1);
        for (int i = 0; i < 20; i++)
        {
            TimeSpan pause = pace.NotBefore - now;
            Assert.InRange(pause, before, TimeSpan.FromSeconds(5));
            before = pause;
            pace.Failed(now, 1);
        }
        Assert.Equal(TimeSpan.FromSeconds(5), before);
    }

    [Fact]
    public void Each_success_gives_a_slot_back()
    {
        var pace = new FailurePace(8);
        for (int i = 0; i < 100; i++)
            pace.Failed(TimeSpan.FromHours(1), 0.5);
        Assert.Equal(1, pace.Slots);
        for (int i = 0; i < 6; i++)
            pace.Succeeded();
        Assert.Equal((7, true, TimeSpan.Zero), (pace.Slots, pace.Held, pace.NotBefore));
        pace.Succeeded();
        pace.Succeeded();
        Assert.Equal((8, false), (pace.Slots, pace.Held));
    }
}
