using System.Text.RegularExpressions;

namespace Zanshin.EndToEnd.Work;

/// <summary><c>zanshin work --exec</c>: real processes, and none of them left.</summary>
public sealed class ExecTests(WorkServer server) : IClassFixture<WorkServer>
{
    private static readonly string[] Container = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"];

    [Fact]
    public async Task The_exit_code_is_the_outcome()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sh is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        foreach (string code in (string[])["0", "64", "65", "75", "1", "3"])
            await rig.SendAsync(code);
        Child tool = rig.Work("--exec", "sh", "-c", """code=$(cat); echo "$code $ZANSHIN_ATTEMPT" >> $0; [ "$ZANSHIN_ATTEMPT" -gt 1 ] || exit $code""", rig.File("runs"));
        await rig.EmptyAsync(tool);

        string[] runs = [.. (await File.ReadAllLinesAsync(rig.File("runs"))).Order(StringComparer.Ordinal)];
        Assert.True(runs.SequenceEqual(["0 1", "1 1", "1 2", "3 1", "3 2", "64 1", "65 1", "75 1", "75 2"]), $"{string.Join(", ", runs)}\n{tool.Describe()}");
        List<(string Body, string Reason)> dead = await rig.DeadAsync();
        Assert.Equal(["64", "65"], dead.Select(static d => d.Body).Order());
        Assert.All(dead, static d => Assert.Contains($"the command ended with exit code {d.Body}", d.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Other_exit_codes_can_reject()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sh is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        foreach (string code in (string[])["3", "4", "65"])
            await rig.SendAsync(code);
        Child tool = rig.Work("--reject-on", "3,4", "--exec", "sh", "-c", """[ "$ZANSHIN_ATTEMPT" -gt 1 ] || exit $(cat)""");
        await rig.EmptyAsync(tool);

        Assert.Equal(["3", "4"], (await rig.DeadAsync()).Select(static d => d.Body).Order());
    }

    [Fact]
    public async Task The_body_is_on_stdin_and_the_rest_in_the_environment()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sh is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        string body = "päyload\n" + new string('x', 300_000);
        string id = await rig.SendAsync(body, new() { ["order-id"] = new() { DataType = "String", StringValue = "7; rm -rf /" }, ["PATH"] = new() { DataType = "String", StringValue = "/evil" } });
        Child tool = rig.Work("--exec", "sh", "-c", "env > $0/env; cat > $0/body", rig.Directory.FullName);
        await rig.EmptyAsync(tool);

        Assert.Equal(body, await File.ReadAllTextAsync(rig.File("body")));
        string[] environment = await File.ReadAllLinesAsync(rig.File("env"));
        Assert.Contains($"ZANSHIN_MESSAGE_ID={id}", environment);
        Assert.Contains($"ZANSHIN_QUEUE={rig.Queue}", environment);
        Assert.Contains("ZANSHIN_RECEIVE_COUNT=1", environment);
        Assert.Contains("ZANSHIN_ATTRIBUTE_ORDER_ID=7; rm -rf /", environment);
        Assert.Contains("ZANSHIN_ATTRIBUTE_PATH=/evil", environment);
        Assert.DoesNotContain("PATH=/evil", environment);
    }

    [Fact]
    public async Task A_command_that_does_not_read_its_input_is_done_all_the_same()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "true is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await rig.SendAsync(new string('x', 900_000));
        Child tool = rig.Work("--exec", "true");
        await rig.EmptyAsync(tool);
        Assert.DoesNotContain("failed", tool.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_prints_is_logged_with_its_message_within_bounds_and_harmless()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sh is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        string id = await rig.SendAsync("flood");
        Child tool = rig.Work("--exec", "sh", "-c", """echo first >&2; head -c 100000 /dev/zero | tr '\0' y; echo; printf '\033[31mred\n'; yes line | head -n 200000""");
        await rig.EmptyAsync(tool);
        await Poll.UntilAsync("the output is logged", () => tool.Out.Contains("is dropped", StringComparison.Ordinal), static () => "");

        Assert.Contains($"{rig.Queue}/{id} stderr: first", tool.Out, StringComparison.Ordinal);
        Assert.Contains("yyyy... (cut)", tool.Out, StringComparison.Ordinal);
        Assert.Contains("\uFFFD[31mred", tool.Out, StringComparison.Ordinal);
        Assert.InRange(Regex.Count(tool.Out, "stdout: line"), 900, 1000);
        Assert.All(tool.Out.Split('\n'), static line => Assert.InRange(line.Length, 0, 5000));
    }

    [Fact]
    public async Task What_it_leaves_behind_is_ended_daemons_too()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await rig.SendAsync("one");
        // In its group, out of its session, and with a cleared environment; each holds the pipes open.
        Child tool = rig.Work("--exec", "sh", "-c", "sleep 1000 & (setsid sleep 1000 &); env -i setsid sh -c 'while :; do sleep 1; done' $0 & sleep 0.5; touch $1", rig.Mark, rig.File("ran"));
        await Poll.UntilAsync("the command has run", () => File.Exists(rig.File("ran")), tool.Describe);
        await rig.EmptyAsync(tool);
        await Poll.UntilAsync("nothing of it is left", () => rig.Processes().Count == 0, () => string.Join('\n', rig.Processes()), seconds: 5);
        Assert.Contains("processes behind for message", tool.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_there_before_the_worker_survives_its_messages_and_its_stop()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await rig.SendAsync("one");
        // Children of the tool: one in its session, one out of it, and one whose parent dies while the tool lives.
        Child tool = rig.WorkAfter(
            "{ sleep 1000 & setsid sleep 2000 & sh -c 'setsid sleep 3000 & sleep 2' & } >/dev/null 2>&1; exec \"$@\"",
            "--exec", "sh", "-c", "sleep 3; touch $0", rig.File("ran"));
        await rig.EmptyAsync(tool);
        Assert.True(File.Exists(rig.File("ran")), tool.Describe());
        await tool.SignalAsync("TERM");
        await tool.ExitAsync(20);

        Assert.Equal(0, tool.ExitCode);
        Assert.Equal(["sleep 1000", "sleep 2000", "sleep 3000"], rig.Processes().Select(static p => p[(p.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim()).Order());
    }

    [Fact]
    public async Task In_a_container_what_others_have_run_in_it_survives_and_what_a_message_left_does_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && await EndsWellAsync("unshare", [.. Container, "true"]), "A PID namespace is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        Child tool = rig.WorkAfter($"exec unshare {string.Join(' ', Container)} \"$@\"", "--exec", "sh", "-c", $"env -i setsid sh -c 'while :; do sleep 1; done' {rig.Mark} & exit 0");
        await Poll.UntilAsync("it works", () => tool.Out.Contains("Zanshin works", StringComparison.Ordinal) || tool.HasExited, tool.Describe);
        string first = (await File.ReadAllTextAsync($"/proc/{tool.Id}/task/{tool.Id}/children")).Trim();
        // As docker exec -d of something that goes on by itself.
        Assert.True(await EndsWellAsync("nsenter", ["-t", first, "-U", "-p", "-m", "--preserve-credentials", "sh", "-c", $"setsid sh -c 'while :; do sleep 2; done' {rig.Mark} >/dev/null 2>&1 &"]));
        await rig.SendAsync("one");
        await rig.EmptyAsync(tool);

        Assert.Contains("processes behind for message", tool.Out, StringComparison.Ordinal);
        Assert.Contains(rig.Processes(), static p => p.Contains("do sleep 2;", StringComparison.Ordinal));
        Assert.DoesNotContain(rig.Processes(), static p => p.Contains(": sh -c while :; do sleep 1;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_leaves_no_pipe_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        for (int i = 0; i < 100; i++)
            await rig.SendAsync($"{i}");
        Child tool = rig.Work("--exec", "true");
        await rig.EmptyAsync(tool);
        string descriptors = $"/proc/{tool.Id}/fd";
        Assert.InRange(Directory.EnumerateFiles(descriptors).Count(static f => File.ResolveLinkTarget(f, returnFinalTarget: false)?.Name.StartsWith("pipe:", StringComparison.Ordinal) ?? false), 1, 30);
    }

    [Fact]
    public async Task Over_its_time_limit_it_is_asked_to_end_then_killed_with_all_it_started()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await rig.SendAsync("one");
        Child tool = rig.Work("--time-limit", "1", "--exec", "sh", "-c", """[ "$ZANSHIN_ATTEMPT" -gt 1 ] && exit 0; trap 'echo asked >> $0' TERM; (trap '' TERM; while :; do sleep 1; done) & while :; do sleep 1; done""", rig.File("asked"));
        await rig.EmptyAsync(tool);

        Assert.Equal(["asked"], await File.ReadAllLinesAsync(rig.File("asked")));
        Assert.Contains("does not end on SIGTERM", tool.Out, StringComparison.Ordinal);
        Assert.Contains("it took longer than the time limit", tool.Out, StringComparison.Ordinal);
        Assert.Empty(rig.Processes());
    }

    [Fact]
    public async Task Ending_well_on_SIGTERM_is_not_done()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sh is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server, visibility: 600);
        await rig.SendAsync("one");
        Child tool = rig.Work(8, "--exec", "sh", "-c", "trap 'exit 0' TERM; touch $0; while :; do sleep 0.1; done", rig.File("ran"));
        await Poll.UntilAsync("the command runs", () => File.Exists(rig.File("ran")), tool.Describe);
        await tool.SignalAsync("TERM");
        await tool.ExitAsync(20);

        Assert.Equal(0, tool.ExitCode);
        Assert.Equal((1, 0), await rig.DepthAsync());
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("QUIT")]
    public async Task No_signal_but_KILL_leaves_a_process(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is needed.");
        await using WorkRig rig = await WorkRig.CreateAsync(server, visibility: 600);
        for (int i = 0; i < 3; i++)
            await rig.SendAsync($"{i}");
        Child tool = rig.Work(8, "--exec", "sh", "-c", "trap '' TERM HUP INT QUIT; (setsid sleep 1000 &); env -i setsid sh -c 'while :; do sleep 1; done' $0 & touch $1/$ZANSHIN_MESSAGE_ID; while :; do sleep 1; done", rig.Mark, rig.Directory.FullName);
        await Poll.UntilAsync("three run", () => rig.Directory.GetFiles().Length == 3, tool.Describe);
        Assert.NotEmpty(rig.Processes());
        await tool.SignalAsync(signal);
        await tool.ExitAsync(20);

        Assert.Empty(rig.Processes());
        Assert.Equal(0, tool.ExitCode);
        Assert.Equal((3, 0), await rig.DepthAsync());
    }

    [Fact]
    public async Task A_command_that_goes_missing_is_a_retry()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sh is not there.");
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        string script = rig.File("handle.sh");
        await File.WriteAllTextAsync(script, "#!/no/such/interpreter\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await rig.SendAsync("one");
        Child tool = rig.Work("--exec", script);
        await Poll.UntilAsync("it has failed", () => tool.Out.Contains("failed at attempt 1", StringComparison.Ordinal), tool.Describe);
        await File.WriteAllTextAsync(script, "#!/bin/sh\n");
        await rig.EmptyAsync(tool);
        Assert.Contains("exit code 127", tool.Out, StringComparison.Ordinal);
    }

    private static async Task<bool> EndsWellAsync(string file, string[] args)
    {
        await using Child child = Child.Start(file, args);
        await child.ExitAsync(30);
        return child.ExitCode == 0;
    }
}
