namespace Zanshin.EndToEnd.Work;

/// <summary>One local queue for all tests of a class, each on queues of its own.</summary>
public sealed class WorkServer : IAsyncLifetime
{
    private LocalServer? _server;

    internal string Endpoint => _server!.Endpoint;

    public async ValueTask InitializeAsync() => _server = await LocalServer.StartAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
