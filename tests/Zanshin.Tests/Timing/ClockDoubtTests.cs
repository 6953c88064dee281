using Zanshin.Timing;

namespace Zanshin.Tests.Timing;

public class ClockDoubtTests
{
    private static readonly DateTimeOffset s_noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ClockDoubt _doubt = new();
    private int _begun;
    private double _now;
    private double _ahead; // of the wall clock

    public ClockDoubtTests()
    {
        _doubt.Begun = () => _begun++;
        Assert.False(Look());
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(40_000)]
    [InlineData(-0.3)]
    [InlineData(-40_000)]
    public void A_wall_clock_that_jumps_either_way_begins_a_doubt_until_it_is_ended(double by)
    {
        Pass(1, by);
        Assert.False(_doubt.IsCertain(Wall, Now));
        Assert.Equal(0, _begun);
        Assert.True(Look());
        Pass(1);
        Assert.True(Look());
        Assert.Equal(1, _begun);
        Assert.Equal(TimeSpan.FromSeconds(by), _doubt.Ahead(Wall, Now).Wall);

        _doubt.End(TimeSpan.Zero, Wall, Now);
        Assert.False(Look());
        Assert.Equal(TimeSpan.Zero, _doubt.Missed);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(-0.2)]
    public void Small_jumps_that_follow_each_other_are_a_large_one(double by)
    {
        Pass(1, by);
        Assert.False(Look());
        Pass(1, by);
        Assert.True(Look());
    }

    [Theory]
    [InlineData(0.0005)] // corrected by adjtime
    [InlineData(-0.005)]
    [InlineData(0.009)]
    public void A_wall_clock_that_is_being_corrected_begins_none(double perSecond)
    {
        for (int i = 0; i < 3_600; i++)
        {
            Pass(1, perSecond);
            Assert.False(Look());
        }
    }

    [Theory]
    [InlineData(0.9, false)] // of several servers
    [InlineData(1.5, true)]
    public void A_server_that_is_ahead_by_more_than_servers_are_apart_begins_one(double by, bool begins)
    {
        _doubt.ServerIsAhead(TimeSpan.FromSeconds(by));
        _doubt.ServerIsAhead(TimeSpan.FromSeconds(by) / 2);
        Assert.Equal(begins, Look());
        Assert.Equal(begins ? 1 : 0, _begun);
        Assert.Equal(TimeSpan.FromSeconds(begins ? by : 0), _doubt.Ahead(Wall, Now).Server);
    }

    [Fact]
    public async Task Who_waits_for_its_end_goes_on_with_the_time_that_was_missed()
    {
        Assert.True(_doubt.EndedAsync().IsCompleted);
        Pass(1, 60);
        Assert.True(Look());
        Task ended = _doubt.EndedAsync();
        Assert.False(ended.IsCompleted);

        _doubt.End(TimeSpan.FromSeconds(60), Wall, Now);
        await ended;
        Assert.Equal(TimeSpan.FromSeconds(60), _doubt.Missed);
        // From here the monotonic clock has it.
        (_now, _ahead) = (_now + 60, 0);
        Assert.False(Look());
    }

    private TimeSpan Now => TimeSpan.FromSeconds(_now);

    private DateTimeOffset Wall => s_noon + TimeSpan.FromSeconds(_now + _ahead);

    private bool Look() => _doubt.Look(Wall, Now);

    private void Pass(double seconds, double jump = 0) => (_now, _ahead) = (_now + seconds, _ahead + jump);
}
