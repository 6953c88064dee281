using System.Globalization;
using System.Text.Json;

namespace Zanshin.EndToEnd;

/// <summary>The watch from outside. One that grows and one that does not are watched at once.</summary>
[Collection(WatchedProcesses.Name)]
public class WatchTests(WatchTests.Watched watched) : IClassFixture<WatchTests.Watched>
{
    [Fact]
    public async Task What_grows_is_named_with_the_line_that_begins_it_and_written_into_one_page()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "watch reads /proc.");
        (JsonElement watch, string page) = await watched.GrowingAsync();

        Assert.Matches(@"^Threads grow by (0\.[89]|1\.[01])\d per message", watch.GetProperty("verdict").GetString());
        JsonElement finding = Assert.Single(watch.GetProperty("findings").EnumerateArray().ToArray());
        Assert.Equal(await LeakyWorkers.LineAsync("AutoExtendVisibility.cs", "extender.Start();"), finding.GetProperty("frames")[0].GetProperty("line").GetInt32());
        Assert.Equal(["threads", "timers", "tasks", "resident", "files"], Kinds(watch).Where(static k => k != "heap"));
        Assert.Contains("Threads grow by ", page, StringComparison.Ordinal);
        Assert.Contains("AutoExtendVisibility.cs:", page, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_leaves_nothing_is_steady()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "watch reads /proc.");
        JsonElement watch = await watched.SteadyAsync();
        Assert.Equal("Steady: nothing grows.", watch.GetProperty("verdict").GetString());
        Assert.Empty(watch.GetProperty("findings").EnumerateArray());
        Assert.InRange(watch.GetProperty("messages").GetInt64(), 500, 2000);
    }

    [Fact]
    public async Task Of_a_process_that_is_not_NET_threads_memory_and_descriptors_are_watched_until_it_ends()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "watch reads /proc.");
        await using Child sleep = Child.Start("sleep", ["3"]);
        JsonElement watch = await WatchAsync(sleep.Id, "--every", "100ms");
        Assert.Equal(["threads", "resident", "files"], Kinds(watch));
        Assert.Equal("Not looked at long enough for a verdict.", watch.GetProperty("verdict").GetString());
        string[] notes = [.. watch.GetProperty("notes").EnumerateArray().Select(static n => n.GetString()!)];
        Assert.Contains("is not a .NET process", notes[0], StringComparison.Ordinal);
        Assert.Contains("has ended", notes[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no process 4194305. 'ps aux' lists them.", "4194305")]
    [InlineData("--report is '/tmp', which is a directory: give a file, like /tmp/report.html.", "1", "--report", "/tmp")]
    [InlineData("--every is '1ms': give a time from 100ms to 10m", "1", "--every", "1ms")]
    public async Task What_cannot_be_watched_is_said_at_once(string sentence, params string[] args)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "watch reads /proc.");
        await using Child watch = await Child.RunToolAsync(["watch", .. args]);
        Assert.True(watch.ExitCode == 1, watch.Describe());
        Assert.Contains(sentence, watch.Err, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Kinds(JsonElement watch) => watch.GetProperty("figures").EnumerateArray().Select(static f => f.GetProperty("kind").GetString()!);

    private static async Task<JsonElement> WatchAsync(int pid, params string[] args)
    {
        await using Child watch = await Child.RunToolAsync(["watch", pid.ToString(CultureInfo.InvariantCulture), "--json", .. args]);
        Assert.True(watch.ExitCode == 0, watch.Describe());
        using JsonDocument json = JsonDocument.Parse(watch.Out);
        return json.RootElement.Clone();
    }

    /// <summary>What the watch said of both.</summary>
    public sealed class Watched
    {
        private readonly Lazy<Task<((JsonElement, string) Growing, JsonElement Steady)>> _both = new(static async () =>
        {
            Task<(JsonElement, string)> growing = WatchGrowingAsync();
            Task<JsonElement> steady = WatchSteadyAsync();
            await Task.WhenAll(growing, steady);
            return (await growing, await steady);
        });

        public async Task<(JsonElement Watch, string Page)> GrowingAsync() => (await _both.Value).Growing;

        public async Task<JsonElement> SteadyAsync() => (await _both.Value).Steady;

        private static async Task<(JsonElement Watch, string Page)> WatchGrowingAsync()
        {
            string report = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.html");
            await using Child worker = await LeakyWorkers.StartAsync("--leak", "thread", "--rate", "50");
            try
            {
                return (await WatchAsync(worker.Id, "--every", "200ms", "--for", "23s", "--report", report), await File.ReadAllTextAsync(report));
            }
            finally
            {
                File.Delete(report);
            }
        }

        private static async Task<JsonElement> WatchSteadyAsync()
        {
            await using Child worker = await LeakyWorkers.StartAsync("--leak", "timer", "--fixed", "--rate", "50");
            return await WatchAsync(worker.Id, "--every", "200ms", "--for", "23s");
        }
    }
}
