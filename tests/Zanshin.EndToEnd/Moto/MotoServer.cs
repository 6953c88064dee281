namespace Zanshin.EndToEnd.Moto;

/// <summary>Another SQS that nobody here has written: moto (github.com/getmoto/moto), where it is installed. One process for all tests of its collection.</summary>
public sealed class MotoServer : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private readonly int _port = LocalServer.FreePort();
    private Child? _child;

    public string Endpoint => $"http://127.0.0.1:{_port}";

    /// <summary>Why there is none; null where there is.</summary>
    public string? Missing { get; private set; }

    public async ValueTask InitializeAsync()
    {
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(static d => Path.Combine(d, "moto_server")).FirstOrDefault(File.Exists);
        if (program is null)
        {
            Missing = "moto_server is not on the PATH (pip install 'moto[server]').";
            return;
        }
        Child child = _child = Child.Start(program, ["-H", "127.0.0.1", "-p", $"{_port}"], ("MOTO_ACCOUNT_ID", "000000000000"));
        try
        {
            await Poll.UntilAsync("moto answers", async () => child.HasExited || await IsUpAsync());
        }
        catch (TimeoutException)
        {
            Missing = $"moto_server does not answer here: {child.Describe()}";
        }
        if (child.HasExited)
            Missing = $"moto_server does not start here: {child.Describe()}";
    }

    /// <summary>Forgets all queues.</summary>
    public async Task ResetAsync()
    {
        using HttpResponseMessage answer = await _http.PostAsync(new Uri($"{Endpoint}/moto-api/reset"), null);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_child is not null)
            await _child.DisposeAsync();
    }

    private async Task<bool> IsUpAsync()
    {
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(new Uri($"{Endpoint}/moto-api/"));
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

/// <summary>The tests that share it, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class MotoCollection : ICollectionFixture<MotoServer>
{
    public const string Name = "moto";
}
