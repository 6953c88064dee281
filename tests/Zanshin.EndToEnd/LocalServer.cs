using System.Net;
using System.Net.Sockets;

namespace Zanshin.EndToEnd;

/// <summary><c>zanshin local</c> as a process, with a data file, on one port that it gets again after a kill.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zanshin-end-to-end-");
    private readonly int _port = FreePort();
    private Child? _child;

    public string Endpoint => $"http://127.0.0.1:{_port}";

    public string DataFile => Path.Combine(_directory.FullName, "queue.db");

    public static async Task<LocalServer> StartAsync()
    {
        var server = new LocalServer();
        try
        {
            await server.AgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>One that is not there yet; <see cref="AgainAsync"/> starts it.</summary>
    public static LocalServer NotYet() => new();

    /// <summary>Starts it, also after a kill: same port, same file.</summary>
    public async Task AgainAsync(bool full = false)
    {
        if (_child is not null)
            await _child.DisposeAsync();
        Child child = _child = Child.Start(Artifacts.Tool, ["local", "--port", $"{_port}", "--data", DataFile, .. full ? ["--full"] : Array.Empty<string>()]);
        await Poll.UntilAsync("the local queue listens", () => child.Out.Contains("Ctrl+C ends it", StringComparison.Ordinal) || child.HasExited, child.Describe);
        Assert.False(child.HasExited, child.Describe());
    }

    public Task KillAsync() => _child!.KillAsync();

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (_child is not null)
            await _child.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
