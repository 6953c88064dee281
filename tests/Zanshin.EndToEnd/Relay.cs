using System.Net;
using System.Net.Sockets;

namespace Zanshin.EndToEnd;

/// <summary>A TCP relay to a server on this machine, which can hold back what the server answers: a slow line.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _server;
    private readonly Task _accepting;

    public Relay(string server)
    {
        _server = new Uri(server);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>What comes from the server now arrives so much later.</summary>
    public TimeSpan Late { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
                connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using TcpClient near = client, far = new();
        try
        {
            await far.ConnectAsync(_server.Host, _server.Port, _end.Token);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            Task there = CopyAsync(near.GetStream(), far.GetStream(), late: false, over.Token), back = CopyAsync(far.GetStream(), near.GetStream(), late: true, over.Token);
            await Task.WhenAny(there, back);
            await over.CancelAsync();
            await Task.WhenAll(there, back);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or SocketException)
        {
            // One of them has gone, or the test is over.
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool late, CancellationToken over)
    {
        var buffer = new byte[65_536];
        while (await from.ReadAsync(buffer, over) is > 0 and int read)
        {
            if (late && Late > TimeSpan.Zero)
                await Task.Delay(Late, TimeProvider.System, over);
            await to.WriteAsync(buffer.AsMemory(0, read), over);
        }
    }
}
