using Zanshin.Cli.Work.Post;

namespace Zanshin.Cli.Tests.Work;

public sealed class PostHeadersTests
{
    [Theory]
    [InlineData("plain text, 100 of it", "plain text, 100 of it")]
    [InlineData("", "")]
    [InlineData("100%", "100%25")]
    [InlineData("a\r\nB: c", "a%0D%0AB: c")]
    [InlineData("a\0b\tc\u007f", "a%00b%09c%7F")]
    [InlineData(" a ", "%20a%20")]
    [InlineData(" ", "%20")]
    [InlineData("ä€😀", "%C3%A4%E2%82%AC%F0%9F%98%80")]
    [InlineData("\u2028", "%E2%80%A8")]
    public void A_value_is_printable_ASCII_whatever_the_sender_wrote(string value, string safe) => Assert.Equal(safe, PostHeaders.Safe(value));
}
