using System.Globalization;
using System.Text.Json;

namespace Zanshin.EndToEnd;

/// <summary>
/// Where nothing leaks, nothing is found: <c>ZANSHIN_QUIET_RUNS</c> says how many more workers are watched from inside, one after the other in threes, and how many demos from outside.
/// </summary>
[Collection(WatchedProcesses.Name)]
public class QuietTests
{
    private static readonly string[] s_workers = ["none", "thread --fixed", "subscription --fixed", "linked --fixed", "periodic --fixed", "timer --fixed", "loop --fixed", "longrunning --fixed"];

    private static int Runs { get; } = int.TryParse(Environment.GetEnvironmentVariable("ZANSHIN_QUIET_RUNS"), CultureInfo.InvariantCulture, out int given) ? given : 1;

    [Fact]
    public async Task The_demo_gives_no_finding()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "watch reads /proc.");
        for (int run = 0; run < Runs; run++)
        {
            await using Child demo = Child.Start(Artifacts.Tool, ["demo", "--count", "60000"]);
            await Poll.UntilAsync("the demo works", () => demo.Out.Length + demo.Err.Length > 0 || demo.HasExited, demo.Describe);
            await using Child watch = await Child.RunToolAsync("watch", demo.Id.ToString(CultureInfo.InvariantCulture), "--every", "150ms", "--for", "18s", "--json");
            Assert.True(watch.ExitCode == 0, watch.Describe());
            using JsonDocument report = JsonDocument.Parse(watch.Out);
            Assert.Empty(report.RootElement.GetProperty("figures").EnumerateArray().Where(static f => f.GetProperty("grows").GetBoolean() && f.GetProperty("kind").GetString() is not ("resident" or "heap")).Select(static f => f.GetProperty("kind").GetString()));
            Assert.Empty(report.RootElement.GetProperty("findings").EnumerateArray());
        }
    }

    [Fact]
    public async Task Workers_without_their_bugs_give_no_finding_in_any_number_of_runs()
    {
        for (int run = 0; run < Runs - 1; run += 3)
        {
            string[] logs = await Task.WhenAll(Enumerable.Range(run, Math.Min(3, Runs - 1 - run)).Select(static i => LeakWatchTests.Workers.LogAsync(s_workers[i % s_workers.Length])));
            Assert.All(logs, static log => Assert.DoesNotContain("LeakWatch", log, StringComparison.Ordinal));
        }
    }
}
