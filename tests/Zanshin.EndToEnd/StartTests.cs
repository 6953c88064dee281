namespace Zanshin.EndToEnd;

/// <summary>The start of real processes: before their SQS, and where the environment names a proxy.</summary>
public class StartTests
{
    // Nobody listens there.
    private static readonly (string, string)[] s_proxy =
        [("HTTP_PROXY", "http://127.0.0.1:9"), ("http_proxy", "http://127.0.0.1:9"), ("HTTPS_PROXY", "http://127.0.0.1:9"), ("ALL_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", ""), ("no_proxy", "")];

    [Fact]
    public async Task A_worker_that_is_started_before_its_sqs_works_when_that_is_there()
    {
        await using LocalServer server = LocalServer.NotYet();
        // It makes the queue.
        await WorksAsync(server, Artifacts.HostedWorker);
        await server.KillAsync();
        await WorksAsync(server, Artifacts.Tool, "work", "-q", "orders", "--exec", "true");
    }

    private static async Task WorksAsync(LocalServer server, string file, params string[] args)
    {
        await using Child worker = Child.Start(file, args, ("AWS_ENDPOINT_URL_SQS", server.Endpoint), ("ECS_AGENT_URI", ""));
        await Poll.UntilAsync("it waits", () => worker.Out.Contains("Zanshin cannot start yet", StringComparison.Ordinal) || worker.HasExited, worker.Describe);
        await server.AgainAsync();
        await Poll.UntilAsync("it works", () => worker.Out.Contains("Zanshin works", StringComparison.Ordinal) || worker.HasExited, worker.Describe);
        Assert.Contains("Zanshin has found its queues", worker.Out, StringComparison.Ordinal);
        await worker.SignalAsync("TERM");
        await worker.ExitAsync(60);
        Assert.True(worker.ExitCode == 0, worker.Describe());
    }

    [Fact]
    public async Task The_tool_waits_as_long_as_it_is_told_and_ends_with_the_reason()
    {
        await using LocalServer server = LocalServer.NotYet();
        await using Child tool = await Child.RunToolAsync("work", "-q", "orders", "--endpoint", server.Endpoint, "--wait-for-sqs", "2", "--exec", "true");
        Assert.Equal(1, tool.ExitCode);
        Assert.Contains($"SQS does not answer at {server.Endpoint} for queue 'orders'", tool.Err, StringComparison.Ordinal);
        await using Child atOnce = await Child.RunToolAsync("work", "-q", "orders", "--endpoint", server.Endpoint, "--wait-for-sqs", "0", "--exec", "true");
        Assert.Equal(1, atOnce.ExitCode);
        Assert.DoesNotContain("Zanshin cannot start yet", atOnce.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_on_this_machine_is_reached_without_the_proxy_of_the_environment()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        foreach (string endpoint in (string[])[server.Endpoint, server.Endpoint.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)])
        {
            await using Child create = Child.Start(Artifacts.Tool, ["sqs", "create", "orders", "--endpoint", endpoint], s_proxy);
            await create.ExitAsync();
            Assert.True(create.ExitCode == 0, create.Describe());
            await using Child send = Child.Start(Artifacts.Tool, ["sqs", "send", "orders", "hello", "--endpoint", endpoint], s_proxy);
            await send.ExitAsync();
            Assert.True(send.ExitCode == 0, send.Describe());
        }
        await using var receiver = new Work.Receiver(static (_, _) => "200 OK");
        await using Child tool = Child.Start(Artifacts.Tool, ["work", "-q", "orders", "--endpoint", server.Endpoint, "--post", receiver.Url], s_proxy);
        await Poll.UntilAsync("both are posted", () => receiver.Requests.Count >= 2 || tool.HasExited, tool.Describe);
        await tool.SignalAsync("TERM");
        await tool.ExitAsync(60);
        Assert.True(tool.ExitCode == 0, tool.Describe());

        // The library's own client.
        await using Child host = Child.Start(Artifacts.HostedWorker, [], [("AWS_ENDPOINT_URL_SQS", server.Endpoint), ("ECS_AGENT_URI", ""), .. s_proxy]);
        await Poll.UntilAsync("it works", () => host.Out.Contains("Zanshin works", StringComparison.Ordinal) || host.HasExited, host.Describe);
        await host.SignalAsync("TERM");
        await host.ExitAsync(60);
        Assert.True(host.ExitCode == 0, host.Describe());
    }
}
