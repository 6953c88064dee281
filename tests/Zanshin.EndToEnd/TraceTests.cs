using System.Globalization;
using System.Text.Json;

namespace Zanshin.EndToEnd;

/// <summary>The traced worker is a process of its own, which knows nothing of the trace. Those of one bug each are traced four at once.</summary>
[Collection(WatchedProcesses.Name)]
public class TraceTests(TraceTests.Traced traced) : IClassFixture<TraceTests.Traced>
{
    [Theory]
    [InlineData("thread", "AutoExtendVisibility.cs", "extender.Start();", "thread")]
    [InlineData("timer", "ReminderTimer.cs", "new Timer(Remind", "timer")]
    [InlineData("periodic", "PeriodicExtender.cs", "_ = ExtendAsync(timer);", "async")]
    [InlineData("loop", "ForgottenLoop.cs", "_ = WaitAsync(done.Task);", "async")]
    [InlineData("longrunning", "LongRunningWatcher.cs", "Task.Factory.StartNew(", "thread")]
    public async Task What_outlives_its_message_is_one_finding_that_names_the_line_that_began_it(string leak, string file, string marker, string kind)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Ends of threads and timers are read from /proc.");
        JsonElement report = await traced.ReportAsync(leak);

        JsonElement finding = Assert.Single(report.GetProperty("findings").EnumerateArray().ToArray());
        Assert.Equal(kind, finding.GetProperty("kinds")[0].GetString());
        JsonElement site = finding.GetProperty("frames")[0];
        Assert.EndsWith($"/{file}", site.GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.Equal(await LeakyWorkers.LineAsync(file, marker), site.GetProperty("line").GetInt32());
        Assert.InRange(finding.GetProperty("perMessage").GetDouble(), 0.7, 1.3);
        Assert.InRange(report.GetProperty("messages").GetInt32(), 20, 400);
        Assert.NotEmpty(finding.GetProperty("messages").EnumerateArray());
        Assert.Equal(0, report.GetProperty("eventsLost").GetInt64());
        Assert.Empty(report.GetProperty("notes").EnumerateArray());
    }

    [Theory]
    [InlineData("thread --fixed")]
    [InlineData("periodic --fixed")]
    [InlineData("none")]
    public async Task A_worker_that_leaves_nothing_gives_no_finding(string leak)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Ends of threads and timers are read from /proc.");

        JsonElement report = await traced.ReportAsync(leak);

        Assert.Empty(report.GetProperty("findings").EnumerateArray().Select(static f => f.GetRawText()));
        Assert.InRange(report.GetProperty("messages").GetInt32(), 20, 400);
        Assert.InRange(report.GetProperty("threads").GetProperty("begun").GetInt32(), 20, 1000);
    }

    [Fact]
    public async Task Followed_begins_and_ends_are_printed_with_their_lines()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Ends of threads and timers are read from /proc.");
        await using Child worker = await LeakyWorkers.StartAsync("--leak", "none");

        await using Child trace = await Child.RunToolAsync("trace", Number(worker.Id), "--for", "4s", "--follow");

        Assert.True(trace.ExitCode == 0, trace.Describe());
        Assert.Contains("+ thread ", trace.Out, StringComparison.Ordinal);
        Assert.Contains("- thread ", trace.Out, StringComparison.Ordinal);
        Assert.Contains("at LeakyWorker.ShipOrder.HandleAsync in ShipOrder.cs:", trace.Out, StringComparison.Ordinal);
        Assert.Contains("Nothing that was begun stayed.", trace.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("--watch")] // it has an assembly of that name already
    public async Task An_agent_tells_timers_and_says_that_it_stays(params string[] more)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Ends of threads and timers are read from /proc.");
        await using Child worker = await LeakyWorkers.StartAsync(["--leak", "timer", .. more]);

        await using Child trace = await Child.RunToolAsync("trace", Number(worker.Id), "--for", "6s", "--inject", "--json");

        Assert.True(trace.ExitCode == 0, trace.Describe());
        Assert.Contains($"an agent was loaded into process {worker.Id}.", trace.Err, StringComparison.Ordinal);
        Assert.Contains("stays there until the process ends", trace.Err, StringComparison.Ordinal);
        using JsonDocument report = JsonDocument.Parse(trace.Out);
        JsonElement finding = Assert.Single(report.RootElement.GetProperty("findings").EnumerateArray().ToArray());
        Assert.Equal(await LeakyWorkers.LineAsync("ReminderTimer.cs", "new Timer(Remind"), finding.GetProperty("frames")[0].GetProperty("line").GetInt32());
        Assert.False(worker.HasExited, worker.Describe());
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task A_trace_that_is_ended_leaves_no_session_in_the_process(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads the process's threads from /proc.");
        await using Child worker = await LeakyWorkers.StartAsync("--leak", "none");
        int before = SessionThreads(worker.Id);
        await using Child trace = Child.Start(Artifacts.Tool, ["trace", Number(worker.Id), "--for", "60s"]);
        await Poll.UntilAsync("the session is open", () => SessionThreads(worker.Id) > before || trace.HasExited, trace.Describe);
        await Poll.UntilAsync("it listens", () => trace.Err.Contains("listening to process", StringComparison.Ordinal) || trace.HasExited, trace.Describe);
        Assert.False(trace.HasExited, trace.Describe());

        await trace.SignalAsync(signal);
        await trace.ExitAsync();

        await Poll.UntilAsync("the session's thread has ended", () => SessionThreads(worker.Id) == before);
        if (signal == "TERM")
            Assert.Contains("begun, and of these still alive", trace.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_ends_under_the_trace_is_reported_as_far_as_it_came()
    {
        await using Child worker = await LeakyWorkers.StartAsync("--leak", "none", "--for", "3");

        JsonElement report = await TraceAsync(worker, "30s");

        Assert.Contains("ended in the course of the trace", report.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.InRange(report.GetProperty("seconds").GetDouble(), 0, 29);
    }

    [Fact]
    public async Task A_worker_with_diagnostics_switched_off_is_named_so()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads the process's environment from /proc.");
        await using Child worker = await LeakyWorkers.StartAsync(["--leak", "none"], ("DOTNET_EnableDiagnostics", "0"));
        await RefusedAsync(worker.Id, "was started with diagnostics switched off (DOTNET_EnableDiagnostics=0)");
    }

    [Fact]
    public async Task A_process_that_is_not_NET_is_named_so()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Starts sleep.");
        await using Child sleep = Child.Start("sleep", ["60"]);
        await RefusedAsync(sleep.Id, "is not a .NET process, or one compiled ahead of time");
    }

    [Fact]
    public Task A_process_that_is_not_there_is_named_so() => RefusedAsync(4_194_305, "there is no process 4194305");

    private static async Task RefusedAsync(int pid, string sentence)
    {
        await using Child trace = await Child.RunToolAsync("trace", Number(pid), "--for", "2s");
        Assert.True(trace.ExitCode == 1, trace.Describe());
        Assert.Contains(sentence, trace.Err, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", trace.Err, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> TraceAsync(Child worker, string window = "6s")
    {
        await using Child trace = await Child.RunToolAsync("trace", Number(worker.Id), "--for", window, "--json");
        Assert.True(trace.ExitCode == 0, trace.Describe());
        using JsonDocument json = JsonDocument.Parse(trace.Out);
        return json.RootElement.Clone();
    }

    // The runtime streams a session on a thread of its own.
    private static int SessionThreads(int pid) => ThreadNames(pid).Count(static n => n.StartsWith(".NET EventPipe", StringComparison.Ordinal));

    private static string[] ThreadNames(int pid)
    {
        List<string> names = [];
        foreach (string task in Directory.EnumerateDirectories($"/proc/{Number(pid)}/task"))
        {
            try
            {
                names.Add(File.ReadAllText($"{task}/comm").TrimEnd());
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }
        return [.. names];
    }

    private static string Number(int pid) => pid.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the traces of them said.</summary>
    public sealed class Traced
    {
        private const int AtOnce = 4;

        private static readonly string[] s_leaks = ["thread", "timer", "periodic", "none", "loop", "longrunning", "thread --fixed", "periodic --fixed"];

        private readonly Lazy<Task<Dictionary<string, JsonElement>>> _reports = new(static () => LeakyWorkers.EachAsync(s_leaks, AtOnce, ReadAsync));

        public async Task<JsonElement> ReportAsync(string leak) => (await _reports.Value)[leak];

        private static async Task<JsonElement> ReadAsync(string leak)
        {
            await using Child worker = await LeakyWorkers.StartAsync(["--leak", .. leak.Split(' ')]);
            return await TraceAsync(worker);
        }
    }
}
