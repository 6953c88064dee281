using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Zanshin.EndToEnd;

/// <summary>The signals of a worker in a process of its own, sent by <c>kill</c>.</summary>
public class SignalTests
{
    [Fact]
    public async Task Usr1_stops_without_a_deadline_and_ends_the_process_well()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are POSIX.");
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        // Without the drain, handlers would be cancelled a quarter of a second after the signal.
        await using Child worker = await StartAsync(server, "--Zanshin:Timeout=1");
        string url = await UrlAsync(sqs);
        await sqs.SendAsync(url, "4");
        await Poll.UntilAsync("the message runs", () => worker.Out.Contains("begin 4", StringComparison.Ordinal), worker.Describe);
        await worker.SignalAsync("USR1");
        await worker.ExitAsync(60);

        Assert.True(worker.ExitCode == 0, worker.Describe());
        Assert.True(InOrder(worker.Out, "startup", "begin 4", "quiet", "shutdown", "end 4", "stopped"), worker.Describe());
        Assert.Equal((0, 0), await sqs.DepthAsync(url));
    }

    [Fact]
    public async Task Term_after_usr1_has_the_deadline()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are POSIX.");
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        await using Child worker = await StartAsync(server, "--Zanshin:Timeout=2");
        string url = await UrlAsync(sqs);
        await sqs.SendAsync(url, "600");
        await Poll.UntilAsync("the message runs", () => worker.Out.Contains("begin 600", StringComparison.Ordinal), worker.Describe);
        await worker.SignalAsync("USR1");
        await Poll.UntilAsync("it drains", () => worker.Out.Contains("Zanshin drains", StringComparison.Ordinal), worker.Describe);
        await worker.SignalAsync("TERM");
        await worker.ExitAsync(60);

        Assert.True(worker.ExitCode == 0, worker.Describe());
        Assert.DoesNotContain("end 600", worker.Out, StringComparison.Ordinal);
        Assert.Equal((1, 0), await sqs.DepthAsync(url)); // given back, and visible
    }

    [Fact]
    public async Task Tstp_is_quiet_cont_resumes_and_ttin_tells_what_it_does()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are POSIX.");
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        await using Child worker = await StartAsync(server);
        string url = await UrlAsync(sqs);
        await worker.SignalAsync("TSTP");
        await worker.SignalAsync("TSTP");
        await Poll.UntilAsync("it is quiet", () => worker.Out.Contains("receives no more", StringComparison.Ordinal), worker.Describe);
        await sqs.SendAsync(url, "600");
        // The receive that was open when it turned quiet may still bring it.
        await worker.SignalAsync("CONT");
        await Poll.UntilAsync("the message runs", () => worker.Out.Contains("begin 600", StringComparison.Ordinal), worker.Describe);

        await worker.SignalAsync("TTIN");
        await Poll.UntilAsync("the status", () => worker.Out.Contains("of its lease left", StringComparison.Ordinal), worker.Describe);
        Assert.Matches("Working: 1 of 10 slots used, 0 lost; 1 running, 0 waiting, 0 settling", worker.Out);
        Assert.Matches("[0-9]+ threads: [0-9]+ .*\\.NET", worker.Out);
        Assert.Matches("queue orders: 1 of 10 slots used, 0 lost; [01] open receives", worker.Out);
        Assert.Matches("message [-0-9a-f]+ of orders, attempt 1: Running for [0-9.]+ s in .*, [0-9.]+ s of its lease left", worker.Out);
        Assert.Equal(1, worker.Out.Split("\nquiet\n").Length - 1);

        await worker.SignalAsync("TERM");
        await worker.SignalAsync("TTIN"); // is heard until the end, and ends nothing
        await Poll.UntilAsync("it stops", () => worker.Out.Contains("Zanshin stops", StringComparison.Ordinal), worker.Describe);
        await worker.SignalAsync("TERM");
        await worker.ExitAsync(20);
        Assert.True(worker.ExitCode == 0, worker.Describe());
        Assert.Equal((1, 0), await sqs.DepthAsync(url));
    }

    [Fact]
    public async Task Cont_after_stop_leaves_a_quiet_worker_quiet_and_the_next_one_resumes_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are POSIX.");
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        await using Child worker = await StartAsync(server);
        await worker.SignalAsync("TSTP");
        await Poll.UntilAsync("it is quiet", () => worker.Out.Contains("receives no more", StringComparison.Ordinal), worker.Describe);
        await worker.SignalAsync("STOP");
        // How long it stands still.
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System);
        await worker.SignalAsync("CONT");
        await Poll.UntilAsync("it says that it stays so", () => worker.Out.Contains("the worker stays quiet", StringComparison.Ordinal), worker.Describe);
        Assert.DoesNotContain("Zanshin receives again", worker.Out, StringComparison.Ordinal);
        await worker.SignalAsync("CONT");
        await Poll.UntilAsync("it receives", () => worker.Out.Contains("Zanshin receives again", StringComparison.Ordinal), worker.Describe);
        await worker.SignalAsync("TERM");
        await worker.ExitAsync(60);
        Assert.True(worker.ExitCode == 0, worker.Describe());
    }

    [Fact]
    public async Task A_task_with_an_agent_is_protected_while_it_works()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        using var agent = new TcpListener(IPAddress.Loopback, 0);
        agent.Start();
        int port = ((IPEndPoint)agent.LocalEndpoint).Port;
        List<string> asked = [];
        Task answering = AnswerAsync(agent, asked);
        await using (Child worker = await StartAsync(server, $"http://127.0.0.1:{port}/api"))
        {
            await sqs.SendAsync(await UrlAsync(sqs), "2");
            await Poll.UntilAsync("it was protected, and is not any more", () => Count(asked) >= 2, worker.Describe);
            await worker.SignalAsync("USR1");
            await worker.ExitAsync(60);
        }
        agent.Stop();
        await answering;
        Assert.Equal(
            ["PUT /api/task-protection/v1/state {\"ProtectionEnabled\":true,\"ExpiresInMinutes\":20}", "PUT /api/task-protection/v1/state {\"ProtectionEnabled\":false}"], asked);
    }

    private static async Task<Child> StartAsync(LocalServer server, string? argument = null)
    {
        bool agent = argument?.StartsWith("http", StringComparison.Ordinal) == true;
        Child worker = Child.Start(
            Artifacts.HostedWorker, argument is null || agent ? [] : [argument], ("AWS_ENDPOINT_URL_SQS", server.Endpoint), ("ECS_AGENT_URI", agent ? argument! : ""));
        await Poll.UntilAsync("it works", () => worker.Out.Contains("Zanshin works", StringComparison.Ordinal) || worker.HasExited, worker.Describe);
        return worker;
    }

    private static async Task<string> UrlAsync(Sqs sqs) => (await sqs.ListAsync()).Single(static u => u.EndsWith("/orders", StringComparison.Ordinal));

    private static bool InOrder(string text, params string[] words)
    {
        int at = 0;
        return Array.TrueForAll(words, word => (at = text.IndexOf(word, at, StringComparison.Ordinal)) >= 0);
    }

    private static int Count(List<string> list)
    {
        lock (list)
            return list.Count;
    }

    private static async Task AnswerAsync(TcpListener agent, List<string> asked)
    {
        try
        {
            while (true)
            {
                using TcpClient call = await agent.AcceptTcpClientAsync();
                using NetworkStream stream = call.GetStream();
                var buffer = new byte[4096];
                string request = "";
                // Its bodies are one JSON object, without another inside.
                while (!request.EndsWith('}') && await stream.ReadAsync(buffer) is > 0 and int read)
                    request += Encoding.UTF8.GetString(buffer, 0, read);
                string body = request[(request.LastIndexOf('\n') + 1)..];
                lock (asked)
                    asked.Add($"{request[..request.IndexOf(" HTTP", StringComparison.Ordinal)]} {body}");
                string answer = """{"protection":{"ProtectionEnabled":?}}""".Replace("?", body.Contains("true", StringComparison.Ordinal) ? "true" : "false", StringComparison.Ordinal);
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {answer.Length}\r\nConnection: close\r\n\r\n{answer}"));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
