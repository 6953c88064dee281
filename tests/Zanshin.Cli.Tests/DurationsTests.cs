namespace Zanshin.Cli.Tests;

public class DurationsTests
{
    [Theory]
    [InlineData("40ms", 40)]
    [InlineData("2s", 2000)]
    [InlineData("1.5s", 1500)]
    [InlineData("5M", 300_000)]
    [InlineData("12h", 43_200_000)]
    [InlineData("-1s", -1000)]
    public void Durations_are_read_as_people_type_them(string text, double milliseconds)
    {
        Assert.True(Durations.TryRead(text, out TimeSpan duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2")]
    [InlineData("s")]
    [InlineData("2 weeks")]
    [InlineData("1,5s")]
    [InlineData("NaNs")]
    public void Others_are_not(string text) => Assert.False(Durations.TryRead(text, out _));

    [Theory]
    [InlineData(40, "40ms")]
    [InlineData(2000, "2s")]
    [InlineData(1500, "1500ms")]
    [InlineData(7_200_000, "2h")]
    [InlineData(0, "0ms")]
    public void They_are_written_in_the_largest_unit_without_a_fraction(double milliseconds, string text) =>
        Assert.Equal(text, Durations.Text(TimeSpan.FromMilliseconds(milliseconds)));
}
