using System.Globalization;
using System.Text.Json;

namespace Zanshin.EndToEnd;

/// <summary>What grows on the heap of a worker that knows nothing of it.</summary>
[Collection(WatchedProcesses.Name)]
public class HeapTests
{
    [Fact]
    public Task What_stays_is_named_with_its_count_per_message_and_what_holds_it() => Task.WhenAll(
        FindsAsync("linked", "System.Threading.CancellationTokenSource+Linked2CancellationTokenSource", "Microsoft.Extensions.Hosting.Internal.ApplicationLifetime"),
        FindsAsync("subscription", "LeakyWorker.Bugs.PricedOrder", "static LeakyWorker.Bugs.PriceSubscription.PriceChanged"));

    [Fact]
    public Task A_worker_that_leaves_nothing_gives_no_finding() => Task.WhenAll(FindsNothingAsync("none"), FindsNothingAsync("linked", "--fixed"), FindsNothingAsync("subscription", "--fixed"));

    [Fact]
    public async Task One_look_lists_types_and_says_what_it_does_to_the_process()
    {
        await using Child worker = await LeakyWorkers.StartAsync("--leak", "none");
        await using Child heap = await Child.RunToolAsync("heap", Number(worker.Id), "--top", "5");
        Assert.True(heap.ExitCode == 0, heap.Describe());
        Assert.Contains("That forces a full garbage collection, during which the process stands still.", heap.Err, StringComparison.Ordinal);
        Assert.Matches(@"[\d,]+ objects, [\d.]+ MiB; it stood still for \d+ ms", heap.Out);
        Assert.Contains("System.String", heap.Out, StringComparison.Ordinal);
        Assert.Equal(5, heap.Out.Trim().Split('\n').Length - 3);
    }

    [Fact]
    public async Task A_process_that_has_no_heap_to_show_is_named_so()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Starts sleep.");
        await using Child sleep = Child.Start("sleep", ["60"]);
        await using Child heap = await Child.RunToolAsync("heap", Number(sleep.Id));
        Assert.True(heap.ExitCode == 1, heap.Describe());
        Assert.Contains("is not a .NET process, or one compiled ahead of time", heap.Err, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_ends_in_between_is_named_so()
    {
        await using Child worker = await LeakyWorkers.StartAsync("--leak", "none", "--for", "3");
        await using Child heap = await Child.RunToolAsync("heap", Number(worker.Id), "--diff", "30s");
        Assert.True(heap.ExitCode == 1, heap.Describe());
        Assert.Matches($"process {worker.Id} has ended|there is no process {worker.Id}", heap.Err);
    }

    private static async Task FindsAsync(string leak, string type, string holder)
    {
        await using Child worker = await LeakyWorkers.StartAsync("--leak", leak, "--rate", "50");

        JsonElement report = await DiffAsync(worker);

        JsonElement finding = Assert.Single(report.GetProperty("findings").EnumerateArray().ToArray());
        Assert.Equal(type, finding.GetProperty("type").GetString());
        Assert.InRange(finding.GetProperty("perMessage").GetDouble(), 0.8, 1.2);
        string[] path = [.. finding.GetProperty("heldBy").EnumerateArray().Select(static h => h.GetString()!)];
        Assert.Contains(holder, path);
        Assert.Equal(type, path[^1]);
        Assert.Equal(5, report.GetProperty("pauseMilliseconds").GetArrayLength());
        Assert.All(report.GetProperty("pauseMilliseconds").EnumerateArray(), static p => Assert.InRange(p.GetDouble(), 0.1, 10_000));
        Assert.Equal(0, report.GetProperty("eventsLost").GetInt64());
    }

    private static async Task FindsNothingAsync(params string[] leak)
    {
        await using Child worker = await LeakyWorkers.StartAsync(["--leak", .. leak, "--rate", "50"]);

        JsonElement report = await DiffAsync(worker);

        Assert.Empty(report.GetProperty("findings").EnumerateArray().Select(static f => f.GetRawText()));
        Assert.InRange(report.GetProperty("messages").GetInt64(), 100, 1000);
    }

    private static async Task<JsonElement> DiffAsync(Child worker)
    {
        await using Child heap = await Child.RunToolAsync("heap", Number(worker.Id), "--diff", "8s", "--json");
        Assert.True(heap.ExitCode == 0, heap.Describe());
        using JsonDocument json = JsonDocument.Parse(heap.Out);
        return json.RootElement.Clone();
    }

    private static string Number(int pid) => pid.ToString(CultureInfo.InvariantCulture);
}
