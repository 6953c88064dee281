using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Zanshin.EndToEnd.Work;

/// <summary>A loopback HTTP server that notes each request as it came over the wire, and answers what the test says.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Func<Request, int, string?> _answer;
    private readonly Task _accepting;

    /// <param name="answer">The status line and headers ("503 Busy\r\nRetry-After: 2") for a request, and how many came before it; null never answers.</param>
    public Receiver(Func<Request, int, string?> answer, int port = 0)
    {
        _answer = answer;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public sealed record Request(string Line, string[] Headers, string Body, long At)
    {
        public string? Header(string name) => Array.Find(Headers, h => h.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
    }

    public ConcurrentQueue<Request> Requests { get; } = [];

    public int Connections => _connections.Count;

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/in?from=sqs";

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                while (await ReadAsync(stream) is { } request)
                {
                    int before = Requests.Count;
                    Requests.Enqueue(request);
                    if (_answer(request, before) is not { } answer)
                        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _end.Token);
                    else
                        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}\r\nContent-Length: 5\r\n\r\nhello"), _end.Token);
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException)
            {
                // The end, or the client's.
            }
        }
    }

    private async Task<Request?> ReadAsync(NetworkStream stream)
    {
        List<byte> head = [];
        var one = new byte[1];
        while (head.Count < 4 || !head[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, _end.Token) == 0)
                return null;
            head.Add(one[0]);
        }
        string[] lines = Encoding.Latin1.GetString([.. head]).TrimEnd().Split("\r\n");
        var request = new Request(lines[0], lines[1..], "", TimeProvider.System.GetTimestamp());
        var body = new byte[int.Parse(request.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _end.Token);
        return request with { Body = Encoding.UTF8.GetString(body) };
    }
}
