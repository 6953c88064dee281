using System.Text.Json;

namespace Zanshin.EndToEnd;

/// <summary><c>zanshin sqs</c> as a process, on <c>zanshin local</c> as another.</summary>
public sealed class SqsToolTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zanshin-sqs-tool-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Messages_go_round_from_create_to_delete()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        string dump = PathOf("orders.jsonl");

        Assert.Contains("Its dead-letter queue is 'orders-dlq', created too", await GoodAsync(server, "create", "orders", "--dead-letters"), StringComparison.Ordinal);
        await File.WriteAllLinesAsync(PathOf("lines.txt"), Enumerable.Range(1, 120).Select(static i => $"m{i}"));
        Assert.Contains("120 messages were sent", await GoodAsync(server, "send", "orders", "--lines", "--file", PathOf("lines.txt")), StringComparison.Ordinal);
        await GoodAsync(server, "send", "orders", "{\"Number\":7}", "-a", "blob:Binary=AAH/");
        Assert.Equal(121, Json(await GoodAsync(server, "ls", "ord", "--json")).GetProperty("queues")[0].GetProperty("available").GetInt32());

        JsonElement seen = Json(await GoodAsync(server, "peek", "orders", "-n", "1000", "--json"));
        Assert.Equal(121, seen.GetProperty("messages").GetArrayLength());
        JsonElement stats = Json(await GoodAsync(server, "stats", $"{server.Endpoint}/000000000000/orders", "--json"));
        Assert.Equal((121, 0), (stats.GetProperty("available").GetInt32(), stats.GetProperty("inFlight").GetInt32()));

        await RefusedAsync(server, "add --yes", "dump", "orders", "-o", dump, "--delete");
        JsonElement dumped = Json(await GoodAsync(server, "dump", "orders", "-o", dump, "--delete", "--yes", "--json"));
        Assert.Equal((121, 121), (dumped.GetProperty("messages").GetInt32(), dumped.GetProperty("deleted").GetInt32()));
        await RefusedAsync(server, "is not overwritten", "dump", "orders", "-o", dump);
        Assert.Contains("121 of 121 messages were sent to queue 'orders-dlq'", await GoodAsync(server, "requeue", "orders-dlq", dump), StringComparison.Ordinal);

        Assert.Contains("The move has ended: 121", await GoodAsync(server, "redrive", "orders-dlq", "--to", "orders"), StringComparison.Ordinal);
        Assert.Contains("The move has ended", await GoodAsync(server, "redrive", "orders-dlq", "--status"), StringComparison.Ordinal);
        await RefusedAsync(server, "add --yes", "mv", "orders", "orders-dlq");
        string byAnotherName = $"{server.Endpoint.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}/000000000000/orders";
        await RefusedAsync(server, "cannot be moved to itself", "mv", "orders", byAnotherName, "--yes");
        Assert.Contains("121 messages were moved", await GoodAsync(server, "mv", "orders", "orders-dlq", "--yes"), StringComparison.Ordinal);
        await RefusedAsync(server, "add --yes", "purge", "orders-dlq");
        await GoodAsync(server, "purge", "orders-dlq", "--yes");
        await RefusedAsync(server, "add --yes", "delete", "orders");
        await GoodAsync(server, "delete", "orders", "--yes");
        await RefusedAsync(server, "there is no such queue", "peek", "orders");
    }

    [Fact]
    public async Task A_move_of_which_some_fail_loses_nothing()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        await GoodAsync(server, "create", "from");
        await GoodAsync(server, "create", "to", "-a", "MaximumMessageSize=1024");
        await File.WriteAllLinesAsync(PathOf("lines.txt"), Enumerable.Range(1, 60).Select(static i => i % 7 == 0 ? new string('x', 2000) : $"m{i}"));
        await GoodAsync(server, "send", "from", "--lines", "--file", PathOf("lines.txt"));

        await using Child move = await RunAsync(server, "mv", "from", "to", "--yes", "--json");

        Assert.True(move.ExitCode == 1, move.Describe());
        Assert.Equal((52, 8), (Json(move.Out).GetProperty("moved").GetInt32(), Json(move.Out).GetProperty("failed").GetInt32()));
        Assert.Contains("8 messages were not taken by 'to', and left on 'from'", move.Err, StringComparison.Ordinal);
        Assert.Equal((8, 0), await DepthAsync(server, "from"));
        Assert.Equal((52, 0), await DepthAsync(server, "to"));
    }

    [Fact]
    public async Task A_dump_that_is_killed_loses_nothing()
    {
        const int Count = 3000;
        await using LocalServer server = await LocalServer.StartAsync();
        await GoodAsync(server, "create", "orders");
        await File.WriteAllLinesAsync(PathOf("lines.txt"), Enumerable.Range(1, Count).Select(static i => $"m{i}"));
        await GoodAsync(server, "send", "orders", "--lines", "--file", PathOf("lines.txt"));
        string dump = PathOf("orders.jsonl");

        await using (Child child = Child.Start(Artifacts.Tool, ["sqs", "dump", "orders", "-o", dump, "--delete", "--yes", "--endpoint", server.Endpoint]))
        {
            await Poll.UntilAsync("the dump has begun", () => child.HasExited || (File.Exists(dump) && new FileInfo(dump).Length > 2000), child.Describe);
            await child.KillAsync();
        }

        HashSet<string> found = [.. (await File.ReadAllLinesAsync(dump)).Select(static l => Json(l).GetProperty("body").GetString()!)];
        (int visible, int inFlight) = await DepthAsync(server, "orders");
        Assert.True(found.Count + visible + inFlight >= Count, $"{found.Count} in the file, {visible} visible, {inFlight} in flight");
    }

    [Fact]
    public async Task A_dump_that_is_interrupted_gives_back_what_it_holds()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        await GoodAsync(server, "create", "orders");
        await File.WriteAllLinesAsync(PathOf("lines.txt"), Enumerable.Range(1, 3000).Select(static i => $"m{i}"));
        await GoodAsync(server, "send", "orders", "--lines", "--file", PathOf("lines.txt"));
        string dump = PathOf("orders.jsonl");

        await using Child child = Child.Start(Artifacts.Tool, ["sqs", "dump", "orders", "-o", dump, "--endpoint", server.Endpoint]);
        await Poll.UntilAsync("the dump has begun", () => child.HasExited || (File.Exists(dump) && new FileInfo(dump).Length > 2000), child.Describe);
        await child.SignalAsync("INT");
        await child.ExitAsync(60);

        Assert.True(child.ExitCode == 130, child.Describe());
        Assert.Contains("They are visible again", child.Out, StringComparison.Ordinal);
        Assert.Equal((3000, 0), await DepthAsync(server, "orders"));
    }

    [Fact]
    public async Task A_requeue_that_fails_keeps_what_was_not_sent_and_goes_on_from_there()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        await GoodAsync(server, "create", "small", "-a", "MaximumMessageSize=1024");
        await GoodAsync(server, "create", "large");
        string dump = PathOf("dump.jsonl");
        await File.WriteAllLinesAsync(dump, ["{\"body\":\"a\"}", $"{{\"body\":\"{new string('x', 2000)}\"}}", "{\"body\":\"b\"}"]);

        await using (Child child = await RunAsync(server, "requeue", "small", dump))
        {
            Assert.True(child.ExitCode == 1, child.Describe());
            Assert.Contains($"line 2 of {dump} was not sent", child.Err, StringComparison.Ordinal);
            Assert.Contains("2 of 3 messages were sent", child.Out, StringComparison.Ordinal);
        }
        await RefusedAsync(server, "exists already, from an earlier try", "requeue", "small", dump);
        Assert.Contains("1 of 1 message was sent", await GoodAsync(server, "requeue", "large", $"{dump}.failed"), StringComparison.Ordinal);

        await File.WriteAllLinesAsync(PathOf("bad.jsonl"), ["{\"body\":\"a\"}", "{\"text\":\"b\"}"]);
        await RefusedAsync(server, "line 2 of", "requeue", "large", PathOf("bad.jsonl"));
        Assert.Equal(1, Json(await GoodAsync(server, "stats", "large", "--json")).GetProperty("available").GetInt32());
    }

    [Fact]
    public async Task Stdin_is_a_message_or_lines_of_them()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        await GoodAsync(server, "create", "orders");
        string send = $"'{Artifacts.Tool}' sqs send orders --endpoint {server.Endpoint}";
        await using Child child = Child.Start("/bin/sh", ["-c", $"printf 'one\\n' | {send} && printf '{{\"body\":\"two\"}}\\n{{\"body\":\"three\"}}' | {send} --json-lines"]);
        await child.ExitAsync();
        Assert.True(child.ExitCode == 0, child.Describe());
        JsonElement messages = Json(await GoodAsync(server, "peek", "orders", "--json")).GetProperty("messages");
        Assert.Equal(["one", "three", "two"], messages.EnumerateArray().Select(static m => m.GetProperty("body").GetString()!).Order());
    }

    [Fact]
    public async Task A_pipe_is_no_file_to_requeue()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        await GoodAsync(server, "create", "orders");
        await File.WriteAllLinesAsync(PathOf("dump.jsonl"), ["{\"body\":\"a\"}"]);
        await using Child child = Child.Start("/bin/sh", ["-c", $"cat '{PathOf("dump.jsonl")}' | '{Artifacts.Tool}' sqs requeue orders /dev/stdin --endpoint {server.Endpoint}"]);
        await child.ExitAsync();
        Assert.True(child.ExitCode == 1, child.Describe());
        Assert.Contains("can be read only once", child.Err, StringComparison.Ordinal);
        Assert.Equal((0, 0), await DepthAsync(server, "orders"));
    }

    [Fact]
    public async Task A_dump_that_nobody_reads_any_more_ends_with_an_error()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        await GoodAsync(server, "create", "orders");
        await File.WriteAllLinesAsync(PathOf("lines.txt"), Enumerable.Range(1, 1000).Select(static i => $"m{i}"));
        await GoodAsync(server, "send", "orders", "--lines", "--file", PathOf("lines.txt"));
        await using Child child = Child.Start("/bin/sh", ["-c", $"{{ '{Artifacts.Tool}' sqs dump orders -o - --endpoint {server.Endpoint}; echo \"exit code $?\" >&2; }} | head -1"]);
        await child.ExitAsync();
        Assert.Contains("stdout cannot be written any more", child.Err, StringComparison.Ordinal);
        Assert.Contains("exit code 1\n", child.Err, StringComparison.Ordinal);
        Assert.Equal((1000, 0), await DepthAsync(server, "orders"));
    }

    [Theory]
    [InlineData(1, "peek", "orders")]
    [InlineData(2, "dump", "orders", "-o", "-")]
    public async Task An_interrupt_before_the_first_answer_is_130(int stallsAt, params string[] args)
    {
        await using var server = new StallingSqs("GetQueueAttributes", stallsAt);
        await using Child child = Child.Start(Artifacts.Tool, ["sqs", .. args, "--endpoint", server.Endpoint]);
        await server.Stalled.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        await child.SignalAsync("INT");
        await child.ExitAsync(10);
        Assert.True(child.ExitCode == 130, child.Describe());
        Assert.Empty(child.Err);
    }

    [Fact]
    public async Task A_second_interrupt_ends_it_at_once()
    {
        await using var server = new StallingSqs("ReceiveMessage", 1);
        await using Child child = Child.Start(Artifacts.Tool, ["sqs", "peek", "orders", "--endpoint", server.Endpoint]);
        await server.Stalled.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        // Two at once may come as one. Less than the 11 s after which the receive is tried again.
        await Poll.UntilAsync("it has ended", async () =>
        {
            if (!child.HasExited)
                await child.SignalAsync("INT");
            return child.HasExited;
        }, child.Describe, seconds: 8);
        Assert.True(child.ExitCode == 130, child.Describe());
    }

    [Theory]
    [InlineData("sqs peek two,words --local", "is not a queue")]
    [InlineData("sqs peek orders --local --endpoint http://127.0.0.1:1", "give one of them")]
    [InlineData("sqs peek orders --endpoint http://127.0.0.1:1", "no SQS answers at http://127.0.0.1:1")]
    [InlineData("sqs peek orders", "there is no SQS to ask")]
    [InlineData("sqs ls --profile there-is-none --region eu-west-1", "there-is-none")]
    [InlineData("sqs ls --watch --json", "give one of them")]
    [InlineData("sqs create orders --max-receives 3", "give --dead-letters too")]
    [InlineData("sqs create orders.fifo --dead-letters other --local", "of the same kind")]
    [InlineData("sqs send orders a --lines", "BODY is one message")]
    [InlineData("sqs send orders a -a =x --local", "give NAME=VALUE")]
    [InlineData("sqs send orders a -a x=1 -a x=2 --local", "gives 'x' twice")]
    [InlineData("sqs dump orders -o - --delete", "give --delete with a file")]
    [InlineData("sqs requeue orders no-such.jsonl --local", "there is no file no-such.jsonl")]
    [InlineData("sqs redrive orders --status --rate 5", "--to and --rate are for a move that begins")]
    public async Task Impossible_arguments_are_refused(string args, string sentence)
    {
        await using Child child = await Child.RunToolAsync(args.Split(' '));
        Assert.True(child.ExitCode == 1 && child.Err.Contains(sentence, StringComparison.Ordinal) && !child.Err.Contains("this should not", StringComparison.Ordinal), child.Describe());
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static Task<Child> RunAsync(LocalServer server, params string[] args) => Child.RunToolAsync(["sqs", .. args, "--endpoint", server.Endpoint]);

    private static async Task<string> GoodAsync(LocalServer server, params string[] args)
    {
        await using Child child = await RunAsync(server, args);
        Assert.True(child.ExitCode == 0, child.Describe());
        return child.Out;
    }

    /// <summary>Visible and in flight, as another process of the tool sees them.</summary>
    private static async Task<(int Visible, int InFlight)> DepthAsync(LocalServer server, string queue)
    {
        JsonElement stats = Json(await GoodAsync(server, "stats", queue, "--json"));
        return (stats.GetProperty("available").GetInt32(), stats.GetProperty("inFlight").GetInt32());
    }

    private static async Task RefusedAsync(LocalServer server, string sentence, params string[] args)
    {
        await using Child child = await RunAsync(server, args);
        Assert.True(child.ExitCode == 1 && child.Err.Contains(sentence, StringComparison.Ordinal), child.Describe());
    }
}
