namespace Zanshin.Cli.Tests;

public class PrintableTests
{
    [Theory]
    [InlineData("\u001b[2Jcleared", "\uFFFD[2Jcleared")]
    [InlineData("\u009b31mred", "\uFFFD31mred")]
    [InlineData("two\nlines\r", "two\uFFFDlines\uFFFD")]
    [InlineData("turned \u202e round\u2028", "turned \uFFFD round\uFFFD")]
    [InlineData("h\u00e9llo \U0001F600 #1", "h\u00e9llo \U0001F600 #1")]
    public void What_would_steer_a_terminal_is_replaced(string text, string expected) => Assert.Equal(expected, Printable.Line(text));

    [Fact]
    public void Lines_stay_where_they_are_wanted() => Assert.Equal("a\nb\uFFFD", Printable.Lines("a\nb\u001b"));
}
