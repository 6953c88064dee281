using Zanshin.LocalQueue.Server;

namespace Zanshin.Cli.Demo;

/// <summary>The SQS that the demo uses: one of its own in this process, durable and on a socket, or the endpoint it was given.</summary>
internal sealed class DemoPlace : IAsyncDisposable
{
    private readonly LocalSqsServer? _server;
    private readonly DirectoryInfo? _temporary;

    private DemoPlace(Uri endpoint, LocalSqsServer? server, DirectoryInfo? temporary) =>
        (Endpoint, _server, _temporary) = (endpoint.ToString().TrimEnd('/'), server, temporary);

    public string Endpoint { get; }

    /// <summary>Whether its counts are exact and nobody else uses it.</summary>
    public bool Embedded => _server is not null;

    /// <exception cref="LocalSqsException">The data file cannot be used.</exception>
    public static async Task<DemoPlace> OpenAsync(DemoOptions options)
    {
        if (options.Endpoint is { } endpoint)
            return new(endpoint, null, null);
        DirectoryInfo? temporary = options.Data is null ? Directory.CreateTempSubdirectory("zanshin-demo-") : null;
        try
        {
            LocalSqsServer server = await LocalSqsServer.StartAsync(new LocalSqsServerOptions
            {
                Address = "127.0.0.1",
                Port = 0,
                DataFile = options.Data ?? Path.Combine(temporary!.FullName, "queue.db"),
            });
            return new(server.Endpoint, server, temporary);
        }
        catch
        {
            temporary?.Delete(recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _temporary?.Delete(recursive: true);
    }
}
