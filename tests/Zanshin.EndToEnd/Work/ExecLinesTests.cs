using System.Text.RegularExpressions;

namespace Zanshin.EndToEnd.Work;

/// <summary><c>zanshin work --exec-lines</c>: processes that live for many messages.</summary>
public sealed partial class ExecLinesTests(WorkServer server) : IClassFixture<WorkServer>
{
    // Reads lines, notes its process and the line, and answers with what $1 makes of id and body.
    private const string Loop = """
        echo $$ >> "$0/processes"
        while read -r line; do
          printf '%s\n' "$line" >> "$0/lines"
          id=$(printf %s "$line" | sed 's/.*"id":"\([^"]*\)".*/\1/'); body=$(printf %s "$line" | sed 's/.*"body":"\([^"]*\)".*/\1/')
          eval "$1"
        done
        """;

    [Fact]
    public async Task Each_line_is_a_message_and_each_answer_its_outcome()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sh is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        foreach (string body in (string[])["done", "reject", "retry", "done", "done"])
            await rig.SendAsync(body, new() { ["tenant"] = new() { DataType = "String", StringValue = "acme" } });
        Child tool = Work(rig, """case "$line" in *'"attempt":2'*) body=done;; esac; echo "{\"id\":\"$id\",\"outcome\":\"$body\",\"delay\":1,\"reason\":\"because\"}" """, "-c", "1");
        await rig.EmptyAsync(tool);

        Assert.Single(await File.ReadAllLinesAsync(rig.File("processes")));
        string[] lines = await File.ReadAllLinesAsync(rig.File("lines"));
        Assert.Equal(6, lines.Length);
        Assert.All(lines, line => Assert.Contains($"\"queue\":\"{rig.Queue}\"", line, StringComparison.Ordinal));
        Assert.All(lines, static line => Assert.Contains("\"attributes\":{\"tenant\":\"acme\"}", line, StringComparison.Ordinal));
        (string dead, string reason) = Assert.Single(await rig.DeadAsync());
        Assert.Equal("reject", dead);
        Assert.Contains("because", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dies", "exit 3", "before it answered")]
    [InlineData("dies and leaves a child that holds its output", "sleep 1000 & exit 3", "ended before it answered")]
    [InlineData("says rubbish", "echo rubbish", "not a JSON object")]
    [InlineData("answers without an id", """echo '{"outcome":"done"}'""", "without an")]
    [InlineData("answers for another", """echo '{"id":"x","outcome":"done"}'""", "for another message")]
    [InlineData("says what is no outcome", """echo "{\"id\":\"$id\",\"outcome\":\"maybe\"}" """, "that is not done, retry or reject")]
    [InlineData("answers without an end", "yes | tr -d '\\n'", "a line of over")]
    public async Task A_process_that_goes_wrong_is_replaced_and_its_message_retried(string how, string code, string reason)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sh is not there.");
        _ = how;
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await rig.SendAsync("one");
        Child tool = Work(rig, $$"""case "$line" in *'"attempt":1,'*) {{code}};; *) echo "{\"id\":\"$id\",\"outcome\":\"done\"}";; esac""", "-c", "1");
        await rig.EmptyAsync(tool);

        Assert.Equal(2, (await File.ReadAllLinesAsync(rig.File("processes"))).Length);
        Assert.Contains(reason, tool.Out, StringComparison.Ordinal);
        Assert.Empty(await rig.DeadAsync());
        Assert.DoesNotContain("rubbish", tool.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_are_no_more_processes_than_messages_at_once_and_they_go_with_the_worker()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        for (int i = 0; i < 30; i++)
            await rig.SendAsync($"{i}");
        Child tool = Work(rig, """sleep 0.05; echo "note $body" >&2; echo "{\"id\":\"$id\",\"outcome\":\"done\"}" """, "-c", "3");
        await rig.EmptyAsync(tool);
        Assert.InRange((await File.ReadAllLinesAsync(rig.File("processes"))).Length, 1, 3);
        Assert.Equal(30, Notes().Count(tool.Out));
        Assert.NotEmpty(rig.Processes());

        await tool.SignalAsync("TERM");
        await tool.ExitAsync(20);
        Assert.Empty(rig.Processes());
        Assert.Equal(0, tool.ExitCode);
    }

    [Fact]
    public async Task A_process_over_the_time_limit_is_ended_with_all_it_started()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await rig.SendAsync("one");
        Child tool = Work(rig, """case "$line" in *'"attempt":1,'*) sleep 1000;; *) echo "{\"id\":\"$id\",\"outcome\":\"done\"}";; esac""", "--time-limit", "1", "-c", "1");
        await rig.EmptyAsync(tool);
        Assert.DoesNotContain(rig.Processes(), static p => p.Contains(": sleep", StringComparison.Ordinal));
        Assert.Contains("it took longer than the time limit", tool.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_in_the_middle_of_a_message_gives_it_back_and_leaves_no_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server, visibility: 600);
        await rig.SendAsync("one");
        Child tool = rig.Work(8, "--exec-lines", "sh", "-c", "trap '' TERM; " + Loop, rig.Directory.FullName, "while :; do sleep 1; done");
        await Poll.UntilAsync("it runs", () => File.Exists(rig.File("lines")), tool.Describe);
        await tool.SignalAsync("TERM");
        await tool.ExitAsync(20);

        Assert.Empty(rig.Processes());
        Assert.Equal((1, 0), await rig.DepthAsync());
    }

    [Fact]
    public async Task Orphans_that_end_while_their_process_lives_on_are_reaped()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        for (int i = 0; i < 20; i++)
            await rig.SendAsync($"{i}");
        Child tool = Work(rig, """(sleep 0.01 &); sleep 0.1; echo "{\"id\":\"$id\",\"outcome\":\"done\"}" """, "-c", "1");
        await rig.EmptyAsync(tool);

        Assert.Single(await File.ReadAllLinesAsync(rig.File("processes")));
        Assert.InRange(Zombies(tool.Id), 0, 1);
    }

    [Fact]
    public async Task What_a_process_leaves_when_it_ends_between_two_messages_is_ended()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        // Two at once; the first to be needed again is the last that was used, and the other has ended below it.
        for (int i = 0; i < 2; i++)
            await rig.SendAsync($"{i}");
        Child tool = Work(rig, """sleep 0.5; echo "{\"id\":\"$id\",\"outcome\":\"done\"}"; if [ $body = 0 ]; then sleep 1000 & exit; fi""", "-c", "2");
        await rig.EmptyAsync(tool);
        Assert.Equal(2, (await File.ReadAllLinesAsync(rig.File("processes"))).Length);
        await Poll.UntilAsync("it has left", () => rig.Processes().Exists(static p => p.Contains(": sleep 1000", StringComparison.Ordinal)), tool.Describe);
        await rig.SendAsync("2");
        await rig.EmptyAsync(tool);
        Assert.DoesNotContain(rig.Processes(), static p => p.Contains(": sleep 1000", StringComparison.Ordinal));
    }

    private static int Zombies(int parent) => Directory.EnumerateDirectories("/proc").Where(static d => int.TryParse(Path.GetFileName(d), out _)).Count(d =>
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(d, "stat"));
            return stat[(stat.LastIndexOf(')') + 1)..].StartsWith($" Z {parent} ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it is gone
        }
    });

    private static Child Work(WorkRig rig, string code, params string[] args) => rig.Work([.. args, "--exec-lines", "sh", "-c", Loop, rig.Directory.FullName, code]);

    [GeneratedRegex("stderr: note")]
    private static partial Regex Notes();
}
