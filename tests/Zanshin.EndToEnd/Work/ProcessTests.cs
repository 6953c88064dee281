using System.Text.Json;

namespace Zanshin.EndToEnd.Work;

/// <summary>What is around the work: the configuration, the pidfile, the log.</summary>
public sealed class ProcessTests(WorkServer server) : IClassFixture<WorkServer>
{
    [Fact]
    public async Task The_pidfile_names_the_process_while_it_lives()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "true is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        string file = rig.File("work.pid");
        await File.WriteAllTextAsync(file, "999999999\n");
        Child tool = rig.Work(3, "-P", file, "--exec", "true");
        await StartedAsync(tool);
        Assert.Equal($"{tool.Id}\n", await File.ReadAllTextAsync(file));

        Child second = rig.Work(3, "-P", file, "--exec", "true");
        await second.ExitAsync(20);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"names process {tool.Id}, which is alive", second.Err, StringComparison.Ordinal);
        Assert.Equal($"{tool.Id}\n", await File.ReadAllTextAsync(file));

        await tool.SignalAsync("TERM");
        await tool.ExitAsync(10);
        Assert.Empty(rig.Directory.GetFiles());
    }

    [Fact]
    public async Task The_pidfile_stays_until_the_last_process_is_gone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        string file = rig.File("work.pid");
        await rig.SendAsync("one");
        // It does not leave when its input ends.
        Child tool = rig.Work(8, "-P", file, "--exec-lines", "sh", "-c", """
            trap '' TERM; read -r line; id=$(printf %s "$line" | sed 's/.*"id":"\([^"]*\)".*/\1/'); echo "{\"id\":\"$id\",\"outcome\":\"done\"}"; while :; do sleep 1; done
            """);
        await rig.EmptyAsync(tool);
        Assert.NotEmpty(rig.Processes());
        await tool.SignalAsync("TERM");
        await Poll.UntilAsync("the pidfile is gone", () => !File.Exists(file), tool.Describe);
        Assert.Empty(rig.Processes());
        await tool.ExitAsync(20);
        Assert.Equal(0, tool.ExitCode);
    }

    [Fact]
    public async Task A_configuration_is_read_and_the_command_line_goes_over_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "true is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        string file = rig.File("appsettings.json");
        await File.WriteAllTextAsync(file, $$$"""{"Logging":{},"Zanshin":{"Concurrency":7,"Queues":{"{{{rig.Queue}}}":{"Visibility":"00:01:00"},"another":{"Visibility":"00:02:00"} } } }""");
        Child given = rig.Work(3, "-C", file, "--exec", "true");
        await StartedAsync(given);
        Assert.Contains($"Zanshin works {rig.Queue} with 7 slots", given.Out, StringComparison.Ordinal);

        Child over = rig.Work(3, "-C", file, "-c", "2", "--json", "--exec", "true");
        await StartedAsync(over);
        JsonElement line = JsonDocument.Parse(over.Out.Split('\n')[0]).RootElement;
        Assert.Equal($"Zanshin works {rig.Queue} with 2 slots (group default)", line.GetProperty("message").GetString());
        Assert.Equal("2", line.GetProperty("fields").GetProperty("Concurrency").GetString());
    }

    [Fact]
    public async Task The_log_can_go_to_a_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "true is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        string file = rig.File("work.log");
        await File.WriteAllTextAsync(file, "before\n");
        Child tool = rig.Work(3, "-L", file, "--exec", "true");
        await Poll.UntilAsync("it works", () => File.ReadAllText(file).Contains("Zanshin works", StringComparison.Ordinal), tool.Describe);
        Assert.StartsWith("before\n", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.Empty(tool.Out);
    }

    [Fact]
    public async Task A_queue_that_is_not_there_is_a_sentence_and_no_pidfile_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "true is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        Child tool = rig.Work(3, "-q", "missing", "-P", rig.File("work.pid"), "--exec", "true");
        await tool.ExitAsync(30);
        Assert.Equal(1, tool.ExitCode);
        Assert.Contains("Queue 'missing' does not exist", tool.Err, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", tool.Err + tool.Out, StringComparison.Ordinal);
        Assert.Empty(rig.Directory.GetFiles());
    }

    private static Task StartedAsync(Child tool) =>
        Poll.UntilAsync("it works", () => tool.Out.Contains("Zanshin works", StringComparison.Ordinal) || tool.HasExited, tool.Describe);
}
