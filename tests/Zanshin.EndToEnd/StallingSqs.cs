using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Zanshin.EndToEnd;

/// <summary>An SQS with one queue, which from its n-th call of an action on answers that action no more.</summary>
internal sealed class StallingSqs : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource _stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _action;
    private readonly Task _accepting;
    private int _left;

    public StallingSqs(string action, int at)
    {
        (_action, _left) = (action, at);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public Task Stalled => _stalled.Task;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        _listener.Stop();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
                connections.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    // One request a connection.
    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                string request = "";
                var buffer = new byte[4096];
                // Bodies are one JSON object without another inside.
                while (!request.TrimEnd().EndsWith('}') && await stream.ReadAsync(buffer, _end.Token) is > 0 and int read)
                    request += Encoding.UTF8.GetString(buffer, 0, read);
                if (request.Contains($"AmazonSQS.{_action}", StringComparison.OrdinalIgnoreCase) && Interlocked.Decrement(ref _left) <= 0)
                {
                    _stalled.TrySetResult();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _end.Token);
                }
                string answer = $$"""{"QueueUrl":"{{Endpoint}}/000000000000/orders","Attributes":{"ApproximateNumberOfMessages":"1"} }""";
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {answer.Length}\r\nConnection: close\r\n\r\n{answer}"), _end.Token);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The tool has gone, or the test is over.
            }
        }
    }
}
