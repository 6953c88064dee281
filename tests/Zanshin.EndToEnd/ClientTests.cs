namespace Zanshin.EndToEnd;

/// <summary>The local queue under SDKs of other languages, unchanged, new and old: each runs a script of its own that uses all of SQS.</summary>
public sealed class ClientTests : IAsyncLifetime
{
    // boto3 speaks JSON from here on, Query before.
    private const string FirstJson = "(1, 28)";

    private LocalServer? _server;

    public async ValueTask InitializeAsync() => _server = await LocalServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server!.DisposeAsync();

    [Fact]
    public async Task Python() => await PassesAsync(
        await PythonAsync($"import boto3; assert tuple(map(int, boto3.__version__.split('.')[:2])) >= {FirstJson}", "boto3 1.28 or later"), Script("sqs.py"), _server!.Endpoint);

    [Fact]
    public async Task Python_of_the_Query_protocol() => await PassesAsync(
        await PythonAsync($"import boto3; assert tuple(map(int, boto3.__version__.split('.')[:2])) < {FirstJson}", "boto3 before 1.28 (Debian 12's python3-boto3)"), Script("sqs.py"), _server!.Endpoint);

    [Fact]
    public async Task Python_of_long_ago()
    {
        var endpoint = new Uri(_server!.Endpoint);
        await PassesAsync(await PythonAsync("import boto.sqs", "boto 2 (Debian 12's python3-boto)"), Script("boto2.py"), endpoint.Host, $"{endpoint.Port}");
    }

    [Fact]
    public async Task JavaScript()
    {
        Assert.SkipWhen(OnPath("node") is null || OnPath("npm") is null, "node and npm are not on the PATH (nodejs.org).");
        string modules = Path.Combine(Artifacts.Root, "artifacts", "clients", "js");
        if (!Directory.Exists(Path.Combine(modules, "node_modules", "@aws-sdk", "client-sqs")))
        {
            Directory.CreateDirectory(modules);
            await using Child install = Child.Start(OnPath("npm")!, ["install", "--prefix", modules, "--no-audit", "--no-fund", "@aws-sdk/client-sqs@3"]);
            await install.ExitAsync();
            Assert.SkipWhen(install.ExitCode != 0, $"npm cannot install @aws-sdk/client-sqs here: {install.Describe()}");
        }
        await PassesAsync(OnPath("node")!, Script("sqs.mjs"), modules, _server!.Endpoint);
    }

    private static async Task PassesAsync(string program, params string[] args)
    {
        await using Child child = Child.Start(program, args);
        await child.ExitAsync();
        Assert.True(child.ExitCode == 0 && child.Out.EndsWith("ok\n", StringComparison.Ordinal), child.Describe());
    }

    /// <summary>A Python in which the check passes.</summary>
    private static async Task<string> PythonAsync(string check, string what)
    {
        foreach (string python in new[] { OnPath("python3"), "/usr/bin/python3" }.OfType<string>().Where(File.Exists).Distinct())
        {
            await using Child child = Child.Start(python, ["-c", check]);
            await child.ExitAsync();
            if (child.ExitCode == 0)
                return python;
        }
        Assert.Skip($"No python3 here has {what}.");
        return "";
    }

    private static string? OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Clients", name);
}
