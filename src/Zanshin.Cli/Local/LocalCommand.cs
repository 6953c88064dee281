using System.CommandLine;
using Zanshin.LocalQueue.Server;

namespace Zanshin.Cli.Local;

/// <summary><c>zanshin local</c>: the local queue as a server of its own, until Ctrl+C.</summary>
internal static class LocalCommand
{
    public static Command Create()
    {
        var port = new Option<int>("--port")
        {
            Description = "The TCP port on this machine; 0 takes any that is free.",
            HelpName = "PORT",
            DefaultValueFactory = static _ => 9324,
            CustomParser = Given.Number("--port", 0, 65_535),
        };
        var data = new Option<string?>("--data")
        {
            Description = "The file that keeps the queues; made when missing. Without it they end with the server.",
            HelpName = "FILE.db",
        };
        var command = new Command("local", "Run the local queue as a server, for any AWS SDK on this machine.") { port, data };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(port), parsed.GetValue(data)));
        return command;
    }

    private static async Task<int> RunAsync(int port, string? data)
    {
        using var interrupts = new Interrupts();
        await using (LocalSqsServer server = await LocalSqsServer.StartAsync(new LocalSqsServerOptions { Port = port, DataFile = data }))
        {
            string url = server.Endpoint.ToString().TrimEnd('/');
            Console.WriteLine($"Zanshin's local queue listens on {url}");
            Console.WriteLine(data is null
                ? "in memory: its queues end with it (--data FILE.db keeps them)"
                : $"its queues are kept in {Path.GetFullPath(data)}");
            Console.WriteLine();
            Console.WriteLine("Try it from a second terminal:");
            Console.WriteLine($"  zanshin demo --endpoint {url}");
            Console.WriteLine($"  AWS_ENDPOINT_URL_SQS={url} and any region and credentials, for any AWS SDK");
            Console.WriteLine();
            Console.WriteLine("Ctrl+C ends it.");
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using CancellationTokenRegistration end = interrupts.Token.Register(ended.SetResult);
            await ended.Task;
        }
        Console.WriteLine("The local queue has ended.");
        return ExitCode.Good;
    }
}
