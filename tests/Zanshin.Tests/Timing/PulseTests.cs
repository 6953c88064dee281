using Zanshin.Timing;

namespace Zanshin.Tests.Timing;

public class PulseTests
{
    private readonly Pulse _pulse = new();

    public PulseTests() => _pulse.Begin(TimeSpan.Zero, TimeSpan.FromSeconds(1));

    [Fact]
    public void While_it_beats_what_is_read_came_now()
    {
        Beat(1, 2, 3);
        Assert.Equal(3.5, AwakeSince(3.5));
    }

    [Fact]
    public void What_is_read_first_after_a_standstill_may_have_come_since_the_last_beat()
    {
        Beat(1, 2);
        Assert.Equal(2, AwakeSince(60));
    }

    [Fact]
    public void A_beat_that_comes_first_after_a_standstill_does_not_hide_it()
    {
        Beat(1, 2, 60);
        Assert.Equal(2, AwakeSince(60));
        Assert.Equal(2, AwakeSince(63));
    }

    [Fact]
    public void A_call_that_was_made_after_a_standstill_has_nothing_of_it()
    {
        Beat(1, 2, 60);
        Assert.Equal(62, AwakeSince(62, called: 61));
    }

    [Fact]
    public void Standstills_that_follow_each_other_are_one()
    {
        Beat(1, 2, 6, 10, 14);
        Assert.Equal(2, AwakeSince(15));
        Assert.Equal(2, AwakeSince(18));
    }

    [Fact]
    public void After_regular_beats_a_standstill_is_forgotten()
    {
        Beat(1, 2, 60, 61, 62, 63, 64, 65, 66);
        Assert.Equal(66.5, AwakeSince(66.5));
    }

    [Fact]
    public void One_that_was_never_begun_says_nothing() => Assert.Equal(TimeSpan.FromSeconds(60), new Pulse().AwakeSince(TimeSpan.Zero, TimeSpan.FromSeconds(60)));

    private double AwakeSince(double now, double called = 0) => _pulse.AwakeSince(TimeSpan.FromSeconds(called), TimeSpan.FromSeconds(now)).TotalSeconds;

    private void Beat(params double[] at) => Array.ForEach(at, second => _pulse.Beat(TimeSpan.FromSeconds(second)));
}
