using System.Net;
using System.Net.Sockets;

namespace Zanshin.EndToEnd;

/// <summary>One clear sentence, a non-zero exit, and no stack trace.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Good = """{"event":"ping","payload":{"zen":"Half measures are as bad as nothing at all."}}""";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zanshin-bad-input-");

    [Theory]
    [InlineData("ps", "Required argument missing for command: 'ps'.")]
    [InlineData("ps me", "PID is 'me'")]
    [InlineData("ps 1 --every 0s", "--every is '0s': give a time from 100ms to 1h")]
    [InlineData("ps 999999999", "there is no process 999999999")]
    [InlineData("demo --count 0", "--count is '0': give a whole number from 1")]
    [InlineData("demo --count many", "--count is 'many'")]
    [InlineData("demo --count", "--count")]
    [InlineData("demo --concurrency -3", "--concurrency is '-3': give a whole number from 1 to 10,000")]
    [InlineData("demo --visibility 0s", "--visibility is '0s': give whole seconds from 1s to 12h")]
    [InlineData("demo --visibility 13h", "--visibility is '13h'")]
    [InlineData("demo --visibility 1500ms", "--visibility is '1500ms'")]
    [InlineData("demo --work 40ms..1ms", "--work is '40ms..1ms': give two times, the shorter first")]
    [InlineData("demo --work fast", "--work is 'fast'")]
    [InlineData("demo --endpoint nonsense", "--endpoint is 'nonsense': give the URL of an SQS")]
    [InlineData("demo --endpoint http://127.0.0.1:1", "no SQS answers at http://127.0.0.1:1")]
    [InlineData("demo --endpoint https://sqs.eu-central-1.amazonaws.com", "is not on this machine: add --yes")]
    [InlineData("demo --endpoint http://127.0.0.1:1 --data x.db", "give one of them")]
    [InlineData("demo --messages no-such.jsonl", "there is no file no-such.jsonl")]
    [InlineData("demo --data no-such-directory/x.db", "no-such-directory/x.db")]
    [InlineData("demo --bogus", "--bogus")]
    [InlineData("local --port 70000", "--port is '70000': give a whole number from 0 to 65,535")]
    [InlineData("local --data no-such-directory/x.db", "no-such-directory/x.db")]
    [InlineData("local --address 0.0.0.0", "is not a loopback address: without credentials")]
    [InlineData("trace", "Required argument missing for command: 'trace'.")]
    [InlineData("trace me", "PID is 'me'")]
    [InlineData("trace 1 --for 0s", "--for is '0s': give whole seconds from 2s to 1h")]
    [InlineData("trace 1 --follow --json", "give one of them")]
    [InlineData("work", "give one of --post URL, --exec COMMAND, --exec-lines COMMAND and --assembly FILE.dll")]
    [InlineData("work -q a --post http://127.0.0.1:1 --exec true", "give only one of --post URL")]
    [InlineData("work --exec true", "no queue is given: name the queues with -q NAME")]
    [InlineData("work -q a --exec", "--exec has no command: give it last")]
    [InlineData("work -q a --exec no-such-command", "there is no command 'no-such-command' in PATH")]
    [InlineData("work -q a --exec ./no-such-command", "there is no command './no-such-command' here")]
    [InlineData("work -q a --exec-lines /tmp", "the command '/tmp' is a directory")]
    [InlineData("work -q a,0 --exec true", "--queue is 'a,0': the weight after the comma must be a whole number from 1 to 1,000")]
    [InlineData("work -q ,3 --exec true", "--queue is ',3': give a queue's name")]
    [InlineData("work -q a,1 a,2 --exec true", "--queue names 'a' 2 times")]
    [InlineData("work -q a --post nonsense", "--post is 'nonsense': give the URL that takes the messages")]
    [InlineData("work -q a --post http://127.0.0.1:1 --content-type nonsense", "--content-type is 'nonsense'")]
    [InlineData("work -q a --content-type text/csv --exec true", "--content-type is for --post")]
    [InlineData("work -q a --reject-on 0 --exec true", "--reject-on is '0': give exit codes from 1 to 255")]
    [InlineData("work -q a --reject-on 3 --post http://127.0.0.1:1", "--reject-on is for --exec")]
    [InlineData("work -q a -c 0 --exec true", "--concurrency is '0': give a whole number from 1 to 10,000")]
    [InlineData("work -q a -t 0 --exec true", "--timeout is '0': give whole seconds from 1s to 12h")]
    [InlineData("work -q a --wait 21 --exec true", "--wait is '21': give whole seconds from 0 to 20s")]
    [InlineData("work -q a --time-limit soon --exec true", "--time-limit is 'soon'")]
    [InlineData("work --group bulk --exec true", "--group is one of the configuration's: give its file with --config")]
    [InlineData("work -C x.json --group bulk -q a --exec true", "--group and --queue both say which queues")]
    [InlineData("work -q a -D 2h --exec true", "--delay is '2h'")]
    [InlineData("work -q a -D 16m --exec true", "--delay is '16m': give whole seconds from 0 to 15m")]
    [InlineData("work -C config.yml --exec true", "is YAML: give a JSON file")]
    [InlineData("work -C no-such.json --exec true", "there is no configuration 'no-such.json'")]
    [InlineData("work -q a -P no-such-directory/x.pid --exec true", "the pidfile 'no-such-directory/x.pid' cannot be written")]
    [InlineData("work -q a -L no-such-directory/x.log --exec true", "the log file 'no-such-directory/x.log' cannot be written")]
    [InlineData("work -q a --daemon --exec true", "--daemon is not there: a service manager")]
    [InlineData("work -q a --endpoint http://127.0.0.1:1 --wait-for-sqs 0 --exec true", "SQS does not answer at http://127.0.0.1:1")]
    [InlineData("work --assembly no-such.dll", "there is no assembly 'no-such.dll'")]
    [InlineData("nonsense", "nonsense")]
    public Task Impossible_arguments_are_refused(string args, string sentence) => RefusedAsync(sentence, args.Split(' '));

    [Theory]
    [InlineData("http://user:password@127.0.0.1:1/in")]
    [InlineData("ftp://user:password@127.0.0.1/in")]
    [InlineData("http://user:password@")]
    public async Task A_password_in_a_URL_is_refused_and_not_repeated(string url) =>
        Assert.DoesNotContain(":password", await RefusedAsync("--post has a user name or a password in its URL", "work", "-q", "a", "--post", url), StringComparison.Ordinal);

    [Theory]
    [InlineData("nope", "line 2 of", "is not JSON")]
    [InlineData("[1]", "line 2 of", "is not a JSON object")]
    [InlineData("""{"payload":{}}""", "line 2 of", "has no \"event\"")]
    [InlineData("""{"event":"ping"}""", "line 2 of", "has no \"payload\"")]
    [InlineData("""{"event":"ping","payload":{}}""", "line 2 of", "'zen' missing")]
    [InlineData("""{"event":"push","payload":{"ref":7,"commits":[]}}""", "line 2 of", "$.ref is of another kind")]
    public async Task A_bad_line_is_named_and_nothing_is_sent(string bad, string line, string reason)
    {
        string file = Path.Combine(_directory.FullName, "messages.jsonl");
        await File.WriteAllTextAsync(file, $"{Good}\n{bad}\n");

        string err = await RefusedAsync(reason, "demo", "--messages", file);

        Assert.Contains(line, err, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"event\":\"\\ud800\",\"payload\":{}}")]
    [InlineData("{\"event\":\"ping\",\"payload\":{\"zen\":\"\u00ff\"}}")]
    public async Task A_line_that_is_no_Unicode_is_named(string bad)
    {
        string file = Path.Combine(_directory.FullName, "messages.jsonl");
        await File.WriteAllBytesAsync(file, System.Text.Encoding.Latin1.GetBytes($"{bad}\n"));
        await RefusedAsync("line 1 of", "demo", "--messages", file);
    }

    [Fact]
    public async Task An_empty_messages_file_is_refused()
    {
        string file = Path.Combine(_directory.FullName, "empty.jsonl");
        await File.WriteAllTextAsync(file, "\n");
        await RefusedAsync("is empty", "demo", "--messages", file);
    }

    [Fact]
    public async Task A_file_that_is_no_data_file_is_refused_and_left_as_it_is()
    {
        string file = Path.Combine(_directory.FullName, "letter.txt");
        await File.WriteAllTextAsync(file, "Dear reader,");
        await RefusedAsync("is not a data file of the local queue", "demo", "--data", file);
        Assert.Equal("Dear reader,", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        await RefusedAsync($"Port {port}", "local", "--port", $"{port}");
    }

    [Fact]
    public async Task A_data_file_in_use_is_named()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        await RefusedAsync("is in use by another process", "local", "--port", "0", "--data", server.DataFile);
    }

    [Fact]
    public async Task A_worker_whose_queue_does_not_exist_says_so_and_ends()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        await using Child worker = Child.Start(Artifacts.FirstWorker, [], ("AWS_ENDPOINT_URL_SQS", server.Endpoint));
        await worker.ExitAsync();
        Assert.NotEqual(0, worker.ExitCode);
        Assert.Contains("Queue 'orders' does not exist at", worker.Err + worker.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_without_region_and_endpoint_says_so_and_ends()
    {
        await using Child worker = Child.Start(Artifacts.FirstWorker, []);
        await worker.ExitAsync();
        Assert.NotEqual(0, worker.ExitCode);
        Assert.Contains("set a region (AWS_REGION) or an endpoint", worker.Err + worker.Out, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static async Task<string> RefusedAsync(string sentence, params string[] args)
    {
        await using Child tool = await Child.RunToolAsync(args);
        Assert.True(tool.ExitCode == 1, tool.Describe());
        Assert.Contains(sentence, tool.Err, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", tool.Err + tool.Out, StringComparison.Ordinal);
        Assert.Empty(tool.Out);
        return tool.Err;
    }
}
