using System.Globalization;
using System.Text.RegularExpressions;

namespace Zanshin.EndToEnd;

/// <summary>The watch inside of the process, with each bug in a process of its own, five at once.</summary>
[Collection(WatchedProcesses.Name)]
public partial class LeakWatchTests(LeakWatchTests.Workers workers) : IClassFixture<LeakWatchTests.Workers>
{
    [Theory]
    [InlineData("thread", "thread", "AutoExtendVisibility.cs", "extender.Start();")]
    [InlineData("timer", "timer", "ReminderTimer.cs", "new Timer(Remind")]
    [InlineData("periodic", "async, timer", "PeriodicExtender.cs", "_ = ExtendAsync(timer);")]
    [InlineData("loop", "async", "ForgottenLoop.cs", "_ = WaitAsync(done.Task);")]
    [InlineData("longrunning", "task", "LongRunningWatcher.cs", "Task.Factory.StartNew(")]
    public async Task What_outlives_its_message_is_one_finding_that_names_the_line_that_began_it(string leak, string kinds, string file, string marker)
    {
        (string log, Match finding) = await FindingAsync(leak);
        Assert.Equal(kinds, finding.Groups["kinds"].Value);
        Assert.Contains($" in {file}:{await LeakyWorkers.LineAsync(file, marker)}", finding.Groups["site"].Value, StringComparison.Ordinal);
        // Async work is heard in windows only; of the others the last report has all that was begun.
        if (leak is "thread" or "timer" or "longrunning")
            Assert.Contains("The host has stopped, and handlers have left running:", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linked", "registration", "System.Threading.CancellationTokenSource+Linked2CancellationTokenSource registered with the host's ApplicationStopping")]
    [InlineData("subscription", "message", "LeakyWorker.Bugs.PricedOrder")]
    public async Task What_stays_reachable_is_one_finding_that_names_the_type_and_what_holds_it(string leak, string kind, string what)
    {
        (string log, Match finding) = await FindingAsync(leak);
        Assert.Equal(kind, finding.Groups["kinds"].Value);
        Assert.StartsWith(what, finding.Groups["site"].Value, StringComparison.Ordinal);
        if (leak == "subscription")
            Assert.Contains("held by static LeakyWorker.Bugs.PriceSubscription.PriceChanged -> ", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("thread --fixed")]
    [InlineData("subscription --fixed")]
    public async Task A_worker_that_leaves_nothing_gives_no_finding(string leak) =>
        Assert.DoesNotContain("LeakWatch", (await workers.RunAsync())[leak], StringComparison.Ordinal);

    private async Task<(string Log, Match Finding)> FindingAsync(string leak)
    {
        string log = (await workers.RunAsync())[leak];
        MatchCollection findings = Finding().Matches(log);
        Assert.True(findings.Count == 1, log);
        Assert.InRange(double.Parse(findings[0].Groups["per"].Value, CultureInfo.InvariantCulture), 0.7, 1.3);
        return (log, findings[0]);
    }

    [GeneratedRegex(@"Leak (?<fingerprint>[0-9a-f]{12}) of kind (?<kinds>[a-z, ]+) grows by (?<per>[0-9.]+) a message:\s+(?<site>[^\n]+)")]
    private static partial Regex Finding();

    /// <summary>What each of them logged to its end.</summary>
    public sealed class Workers
    {
        private const string Seconds = "36";
        private const int AtOnce = 5;

        private static readonly string[] s_leaks =
            ["thread", "timer", "periodic", "none", "linked", "subscription", "loop", "longrunning", "thread --fixed", "subscription --fixed"];

        private readonly Lazy<Task<Dictionary<string, string>>> _logs = new(static () => LeakyWorkers.EachAsync(s_leaks, AtOnce, LogAsync));

        public Task<Dictionary<string, string>> RunAsync() => _logs.Value;

        public static async Task<string> LogAsync(string leak)
        {
            await using Child worker = await LeakyWorkers.StartAsync(["--leak", .. leak.Split(' '), "--rate", "30", "--watch", "--for", Seconds]);
            await worker.ExitAsync();
            Assert.True(worker.ExitCode == 0, worker.Describe());
            return worker.Out;
        }
    }
}
