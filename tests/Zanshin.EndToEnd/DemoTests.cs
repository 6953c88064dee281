using System.Text.Json;

namespace Zanshin.EndToEnd;

public class DemoTests
{
    [Fact]
    public async Task The_demo_works_every_message_once_and_leaves_nothing()
    {
        await using Child demo = await Child.RunToolAsync("demo", "--count", "300", "--json");

        Assert.True(demo.ExitCode == 0, demo.Describe());
        JsonElement result = LastLine(demo);
        Assert.Equal(
            ["byType", "distinct", "leasesExtended", "leasesLost", "left", "processed", "redelivered", "requestsPerMessage", "seconds"],
            result.EnumerateObject().Select(static p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal(300, result.GetProperty("processed").GetInt32());
        Assert.Equal(300, result.GetProperty("distinct").GetInt32());
        Assert.Equal(0, result.GetProperty("redelivered").GetInt32());
        Assert.InRange(result.GetProperty("seconds").GetDouble(), 5, 120);
        Assert.InRange(result.GetProperty("requestsPerMessage").GetDouble(), 0.2, 3);
        // Three handlers take 5 s with a visibility timeout of 2 s.
        Assert.InRange(result.GetProperty("leasesExtended").GetInt32(), 3, 10_000);
        Assert.Equal(0, result.GetProperty("leasesLost").GetInt32());
        Assert.Equal("""{"demo.work":300}""", result.GetProperty("byType").GetRawText());
        JsonElement left = result.GetProperty("left");
        Assert.Equal(["leases", "slots", "tasks", "threads", "timers"], left.EnumerateObject().Select(static p => p.Name).Order(StringComparer.Ordinal));
        Assert.All(left.EnumerateObject(), static p => Assert.True(p.Value.ValueKind == JsonValueKind.Null || p.Value.GetInt32() == 0, p.Name));
        Assert.Single(demo.Out.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Real_webhook_deliveries_are_counted_by_event_as_the_file_has_them()
    {
        SortedDictionary<string, int> expected = new(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(Artifacts.Webhooks))
        {
            using JsonDocument delivery = JsonDocument.Parse(line);
            string name = delivery.RootElement.GetProperty("event").GetString()!;
            expected[name] = expected.GetValueOrDefault(name) + 1;
        }
        Assert.Equal(329, expected.Values.Sum());

        await using Child demo = await Child.RunToolAsync("demo", "--messages", Artifacts.Webhooks, "--json");

        Assert.True(demo.ExitCode == 0, demo.Describe());
        JsonElement result = LastLine(demo);
        Assert.Equal(329, result.GetProperty("distinct").GetInt32());
        Assert.Equal(expected, result.GetProperty("byType").EnumerateObject().ToDictionary(static p => p.Name, static p => p.Value.GetInt32()));
    }

    [Fact]
    public async Task The_summary_for_people_fits_into_80_columns_and_says_that_nothing_is_left()
    {
        await using Child demo = await Child.RunToolAsync("demo", "--count", "60", "--work", "1ms");

        Assert.True(demo.ExitCode == 0, demo.Describe());
        Assert.Contains("left behind           0 threads, 0 timers, 0 tasks, 0 leases, 0 slots", demo.Out, StringComparison.Ordinal);
        Assert.All(demo.Out.Split('\n'), static line => Assert.True(line.Length <= 80, line));
        Assert.DoesNotContain('\u001b', demo.Out);
    }

    [Fact]
    public async Task What_messages_hold_does_not_steer_the_terminal()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """{"event":"ping","payload":{"zen":"\u001b[2J\u001b]0;owned\u0007"}}""");

        await using Child demo = await Child.RunToolAsync("demo", "--messages", file, "--work", "1ms");
        File.Delete(file);

        Assert.True(demo.ExitCode == 0, demo.Describe());
        Assert.Contains("owned", demo.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', demo.Out);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task An_interrupted_demo_stops_cleanly_deletes_its_queue_and_says_how_far_it_came(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send to another process.");
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        await using Child demo = Child.Start(
            Artifacts.Tool, ["demo", "--count", "400", "--concurrency", "10", "--work", "500ms", "--endpoint", server.Endpoint, "--json"]);
        await Poll.UntilAsync("the demo is at work", () => IsWorkingAsync(sqs, 400), demo.Describe);
        // A process that was begun in the background of a shell ignores SIGINT, and its children do.
        Assert.SkipWhen(signal == "INT" && Ignores(demo, 2), "SIGINT is ignored in this environment.");

        await demo.SignalAsync(signal);
        await demo.ExitAsync();

        Assert.True(demo.ExitCode == 130, demo.Describe());
        JsonElement result = LastLine(demo);
        Assert.InRange(result.GetProperty("distinct").GetInt32(), 0, 399);
        Assert.All(result.GetProperty("left").EnumerateObject(), static p => Assert.True(p.Value.ValueKind == JsonValueKind.Null || p.Value.GetInt32() == 0, p.Name));
        Assert.Contains("interrupted after", demo.Err, StringComparison.Ordinal);
        Assert.Empty(await sqs.ListAsync());
    }

    private static async Task<bool> IsWorkingAsync(Sqs sqs, int count) =>
        await sqs.ListAsync() is [string url] && await sqs.DepthAsync(url) is var (visible, inFlight) && visible > 100 && inFlight > 0 && visible + inFlight <= count;

    private static bool Ignores(Child child, int signal)
    {
        string? mask = File.ReadLines($"/proc/{child.Id}/status").FirstOrDefault(static l => l.StartsWith("SigIgn:", StringComparison.Ordinal));
        return mask is not null && (Convert.ToUInt64(mask.Split(':')[1].Trim(), 16) >> (signal - 1) & 1) == 1;
    }

    private static JsonElement LastLine(Child child)
    {
        using JsonDocument json = JsonDocument.Parse(child.Out.TrimEnd().Split('\n')[^1]);
        return json.RootElement.Clone();
    }
}
