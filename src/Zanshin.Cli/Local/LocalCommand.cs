using System.CommandLine;
using Zanshin.LocalQueue.Server;

namespace Zanshin.Cli.Local;

/// <summary><c>zanshin local</c>: the local queue as a server of its own, until Ctrl+C.</summary>
internal static class LocalCommand
{
    private const string KeyId = "ZANSHIN_ACCESS_KEY_ID";
    private const string Secret = "ZANSHIN_SECRET_ACCESS_KEY";

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
        var full = new Option<bool>("--full") { Description = "With --data: what is acknowledged survives a power failure too, at the cost of a wait for the disk." };
        var address = new Option<string>("--address")
        {
            Description = $"Where to listen. What is not loopback needs {KeyId} and {Secret} in the environment; then every request must be signed with them.",
            HelpName = "ADDRESS",
            DefaultValueFactory = static _ => "localhost",
        };
        var sample = new Option<bool>("--sample-servers") { Description = "Receives from standard queues sample servers, as at SQS: often fewer messages than asked for although there are more, now and then none." };
        var names = new Option<string[]>("--host-name")
        {
            Description = "A name besides localhost under which the queue may be called: a container's, say. Others are refused, as a web page could use them. May be repeated.",
            HelpName = "NAME",
        };
        var region = new Option<string>("--region")
        {
            Description = "The region of requests that are not signed. Signed ones name theirs, and see its queues only.",
            HelpName = "REGION",
            DefaultValueFactory = static _ => "us-east-1",
        };
        var account = new Option<string?>("--account")
        {
            Description = "The account in queue URLs and ARNs: 12 digits.",
            HelpName = "ID",
            DefaultValueFactory = static _ => "000000000000",
            CustomParser = Given.Account("--account"),
        };
        var reuse = new Option<bool>("--reuse-names") { Description = "A deleted queue's name can be used again at once, for test suites; on SQS it takes 60 s (QueueDeletedRecently)." };
        var command = new Command("local", "Run the local queue as a server, for any AWS SDK on this machine.") { port, data, full, address, names, region, account, reuse, sample };
        command.SetAction((parsed, _) => RunAsync(new LocalSqsServerOptions
        {
            Port = parsed.GetValue(port),
            Address = parsed.GetValue(address)!,
            DataFile = parsed.GetValue(data),
            Durability = parsed.GetValue(full) ? Durability.Full : Durability.Normal,
            Credentials = Credentials(),
            HostNames = parsed.GetValue(names) ?? [],
            Queues = new()
            {
                SampleServers = parsed.GetValue(sample),
                Region = parsed.GetValue(region)!,
                AccountId = parsed.GetValue(account)!,
                DeletedNameHold = parsed.GetValue(reuse) ? TimeSpan.Zero : TimeSpan.FromSeconds(60),
            },
        }));
        return command;
    }

    // Not the names that SDKs read: nobody's own keys should end up here by accident.
    private static LocalSqsCredentials? Credentials() => (Environment.GetEnvironmentVariable(KeyId), Environment.GetEnvironmentVariable(Secret)) switch
    {
        ({ Length: > 0 } id, { Length: > 0 } secret) => new LocalSqsCredentials(id, secret),
        (null or "", null or "") => null,
        _ => throw new LocalSqsException($"Only one of {KeyId} and {Secret} is set: set both, or none."),
    };

    private static async Task<int> RunAsync(LocalSqsServerOptions options)
    {
        using var interrupts = new Interrupts();
        await using (LocalSqsServer server = await LocalSqsServer.StartAsync(options))
        {
            string url = server.Endpoint.ToString().TrimEnd('/');
            foreach (string warning in server.Warnings)
                Console.Error.WriteLine($"zanshin: {warning}");
            Console.WriteLine($"Zanshin's local queue listens on {url}");
            Console.WriteLine(options.DataFile is not { } data
                ? "in memory: its queues end with it (--data FILE.db keeps them)"
                : $"its queues are kept in {Path.GetFullPath(data)}");
            Console.WriteLine();
            Console.WriteLine("Try it from a second terminal:");
            if (options.Credentials is null)
                Console.WriteLine($"  zanshin demo --endpoint {url}");
            Console.WriteLine($"  AWS_ENDPOINT_URL_SQS={url} and any region and {(options.Credentials is { } key ? $"the credentials of {key}" : "credentials")}, for any AWS SDK");
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
