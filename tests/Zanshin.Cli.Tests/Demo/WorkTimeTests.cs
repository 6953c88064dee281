using Zanshin.Cli.Demo;

namespace Zanshin.Cli.Tests.Demo;

public class WorkTimeTests
{
    [Theory]
    [InlineData("1ms..40ms", 1, 40)]
    [InlineData("20ms", 20, 20)]
    [InlineData("0ms..1s", 0, 1000)]
    public void A_range_or_one_time(string text, int shortest, int longest)
    {
        Assert.True(WorkTime.TryRead(text, out WorkTime work));
        Assert.Equal(new WorkTime(TimeSpan.FromMilliseconds(shortest), TimeSpan.FromMilliseconds(longest)), work);
        Assert.InRange(work.Draw(), work.Shortest, work.Longest);
    }

    [Theory]
    [InlineData("40ms..1ms")]
    [InlineData("-1ms..1ms")]
    [InlineData("1ms..2h")]
    [InlineData("1ms..2ms..3ms")]
    [InlineData("fast")]
    public void Others_are_refused(string text) => Assert.False(WorkTime.TryRead(text, out _));
}
