using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Zanshin.Cli.Work;
using Zanshin.Cli.Work.Exec;

namespace Zanshin.Cli.Tests.Work;

public class OutputLogTests
{
    [Fact]
    public async Task A_flood_of_one_stream_does_not_hide_the_other()
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using var log = new WorkLog(text, json: false, verbose: false);
        var output = new OutputLog(log.CreateLogger(WorkEvents.Category));
        using var flood = new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("line\n", 5_000))));
        using var problem = new MemoryStream("what is wrong\n"u8.ToArray());
        await output.PumpAsync(flood, "stdout");
        await output.PumpAsync(problem, "stderr");
        Assert.Equal(1000, Regex.Count(text.ToString(), "stdout: line"));
        Assert.Single(Regex.Matches(text.ToString(), "is dropped"));
        Assert.Contains("stderr: what is wrong", text.ToString(), StringComparison.Ordinal);
    }
}
