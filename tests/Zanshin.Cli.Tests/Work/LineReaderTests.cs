using System.Text;
using Zanshin.Cli.Work.Exec;

namespace Zanshin.Cli.Tests.Work;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a\nb\n", "a|b")]
    [InlineData("a\r\n\r\nb", "a||b")]
    [InlineData("12345678\n123456789\nx", "12345678|12345678+|x")]
    [InlineData("123456789", "12345678+")]
    public async Task Lines_are_whole_or_cut_at_the_bound_however_they_come(string text, string lines)
    {
        for (int chunk = 1; chunk < 6; chunk++)
        {
            var reader = new LineReader(new Chunked(Encoding.UTF8.GetBytes(text), chunk), longest: 8);
            List<string> read = [];
            while (await reader.ReadAsync() is { } line)
                read.Add(line.Cut ? $"{line.Text}+" : line.Text);
            Assert.Equal(lines, string.Join('|', read));
        }
    }

    [Fact]
    public async Task A_long_line_is_cut_across_many_reads_and_the_next_is_whole()
    {
        var reader = new LineReader(new Chunked([.. Enumerable.Repeat((byte)'x', 100_000), (byte)'\n', (byte)'y'], 5000), longest: 6000);
        Assert.Equal((new string('x', 6000), true), await reader.ReadAsync());
        Assert.Equal(("y", false), await reader.ReadAsync());
        Assert.Null(await reader.ReadAsync());
    }

    [Fact]
    public async Task A_line_without_an_end_can_be_given_up_at_the_bound()
    {
        var reader = new LineReader(new Chunked([.. Enumerable.Repeat((byte)'x', 100_000)], 500), longest: 700, dropsRest: false);
        Assert.Equal((new string('x', 700), true), await reader.ReadAsync());
    }

    /// <summary>Gives no more than so many bytes at once, as a pipe does.</summary>
    private sealed class Chunked(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}
