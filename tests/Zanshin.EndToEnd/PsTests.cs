using System.Globalization;
using System.Text.Json;

namespace Zanshin.EndToEnd;

/// <summary>The threads of processes of several languages, as the tool sees them.</summary>
public class PsTests
{
    private const string Python = """
        import select, socket, threading, time
        lock = threading.Lock(); lock.acquire()
        listener = socket.socket(); listener.bind(('127.0.0.1', 0)); listener.listen()
        peer = socket.create_connection(listener.getsockname())
        threading.Thread(target=lambda: peer.recv(1), daemon=True).start()
        threading.Thread(target=lambda: select.select([peer], [], []), daemon=True).start()
        for i in range(30):
            threading.Thread(target=lock.acquire, daemon=True).start(); time.sleep(0.1)
        print('ready', listener.getsockname()[1], flush=True)
        time.sleep(600)
        """;

    [Fact]
    public async Task A_thread_for_every_message_is_the_picture_of_a_leak()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ps reads /proc.");
        await using Child worker = Child.Start(Artifacts.LeakyWorker, ["--leak", "thread"]);
        JsonElement look = default;
        await Poll.UntilAsync("the threads look leaked", async () => (look = await LookAsync(worker.Id)).GetProperty("looksLeaked").GetBoolean());

        Assert.Equal("DotNet", look.GetProperty("runtime").GetString());
        JsonElement group = look.GetProperty("groups")[0];
        Assert.Equal(("extender", "futex", "for ever"), (group.GetProperty("name").GetString(), group.GetProperty("call").GetString(), group.GetProperty("waitsFor").GetString()));
        Assert.Contains("looks like one begun per unit of work and never ended", look.GetProperty("verdict").GetString(), StringComparison.Ordinal);
        Assert.Equal($"zanshin trace {worker.Id} names the line that starts them.", look.GetProperty("next").GetString());
    }

    [Fact]
    public async Task Threads_of_another_language_are_told_apart_by_what_they_wait_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ps reads /proc.");
        string? python = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(static folder => Path.Combine(folder, "python3")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(python is null, "There is no python3 here.");
        await using Child worker = Child.Start(python!, ["-c", Python]);
        await Poll.UntilAsync("its threads have begun", () => worker.Out.StartsWith("ready", StringComparison.Ordinal));
        string port = worker.Out.Split(' ')[1].Trim();

        JsonElement look = await LookAsync(worker.Id);

        Assert.Equal("Python", look.GetProperty("runtime").GetString());
        Assert.True(look.GetProperty("looksLeaked").GetBoolean(), look.GetRawText());
        string[] waits = [.. look.GetProperty("groups").EnumerateArray().Select(static g => $"{g.GetProperty("threads")} {g.GetProperty("call").GetString()} {g.GetProperty("waitsFor").GetString()}")];
        Assert.Contains("30 futex for ever", waits);
        Assert.Contains(waits, wait => wait.StartsWith("1 recvfrom fd ", StringComparison.Ordinal) && wait.EndsWith($" tcp to 127.0.0.1:{port}", StringComparison.Ordinal));
        Assert.Contains(waits, wait => (wait.StartsWith("1 select fd ", StringComparison.Ordinal) || wait.StartsWith("1 pselect6 fd ", StringComparison.Ordinal)) && wait.EndsWith($" tcp to 127.0.0.1:{port}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Looks_go_on_and_end_with_the_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ps reads /proc.");
        await using Child worker = Child.Start("sleep", ["600"]);
        await using Child ps = Child.Start(Artifacts.Tool, ["ps", worker.Id.ToString(CultureInfo.InvariantCulture), "--every", "200ms", "--json"]);
        await Poll.UntilAsync("a second look", () => ps.Out.Split('\n').Length > 2, ps.Describe);
        await worker.KillAsync();
        await ps.ExitAsync();

        Assert.Equal(1, ps.ExitCode);
        Assert.Equal($"zanshin: process {worker.Id} has ended.\n", ps.Err);
        Assert.Contains("\"threadsMore\":0", ps.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_another_users_process_hides_is_unknown_with_the_remedy()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv"), "Needs root and setpriv, to look as somebody else.");
        await using Child worker = Child.Start("sleep", ["600"]);
        await using Child ps = Child.Start("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", Artifacts.Tool, "ps", worker.Id.ToString(CultureInfo.InvariantCulture)], ("HOME", "/tmp"));
        await ps.ExitAsync();
        // Where the build's folder is closed to others the tool cannot even be started.
        Assert.SkipWhen(ps.ExitCode is 126 or 127, "The tool may not be started by another user here.");

        Assert.True(ps.ExitCode == 0, ps.Describe());
        Assert.Contains("unknown", ps.Out, StringComparison.Ordinal);
        Assert.Contains("may not be read", ps.Out, StringComparison.Ordinal);
        Assert.Contains("run it as the same user as the process, or as root", ps.Out, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> LookAsync(int process)
    {
        await using Child ps = await Child.RunToolAsync("ps", process.ToString(CultureInfo.InvariantCulture), "--json");
        Assert.True(ps.ExitCode == 0, ps.Describe());
        return JsonDocument.Parse(ps.Out).RootElement;
    }
}
