using System.Net.Sockets;
using System.Text;
using Amazon.SQS;

namespace Zanshin.LocalQueue.Server.Tests.Http;

/// <summary>What is no proper request is refused, or its connection closed, before it costs anything; the server goes on.</summary>
public sealed class HostileSocketTests : IAsyncLifetime
{
    private const string Head = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.SendMessage\r\n";
    private const string Send = """{"QueueUrl":"q","MessageBody":"hostile"}""";

    // Only a server that does not answer ever waits for it.
    private static readonly TimeSpan Hung = TimeSpan.FromSeconds(30);

    private LocalSqsServer? _server;

    public async ValueTask InitializeAsync()
    {
        _server = await LocalSqsServer.StartAsync(new() { Port = 0 });
        using var sqs = SocketHost.Connect(_server);
        await sqs.CreateQueueAsync("q");
    }

    public async ValueTask DisposeAsync() => await _server!.DisposeAsync();

    public static TheoryData<string, string, string> Requests => new()
    {
        { "one header of 40,000 bytes", $"{Head}A: {new string('a', 40_000)}\r\n\r\n", "431" },
        { "200 headers", $"{Head}{string.Concat(Enumerable.Range(0, 200).Select(static i => $"A{i}: a\r\n"))}\r\n", "431" },
        { "an address of 10,000 bytes", $"GET /{new string('a', 10_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n", "414" },
        { "a body of which too much is promised", $"{Head}Content-Length: 8000000\r\n\r\n", "413" },
        { "a chunk's length that is none", $"{Head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "400" },
        { "a length that is none", $"{Head}Content-Length: -1\r\n\r\n", "400" },
        { "two lengths", $"{Head}Content-Length: 5\r\nContent-Length: 50\r\n\r\n", "400" },
        { "two hosts", $"{Head}Host: other\r\nContent-Length: 0\r\n\r\n", "400" },
        { "no host", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "400" },
        { "the greeting of TLS", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00FC\u0003\u0003\r\n\r\n", "400" },
        { "a body that is compressed", $"{Head}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u001F\u008B\u0008\0", "400" },
        { "another version", "POST / HTTP/3.7\r\nHost: localhost\r\n\r\n", "505" },
        { "another method", $"DELETE / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Send.Length}\r\n\r\n{Send}", "400" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task It_is_refused_and_nothing_is_done(string what, string request, string status)
    {
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(_server!.Endpoint.Host, _server.Endpoint.Port);
            var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
            using var reader = new StreamReader(stream, Encoding.Latin1);
            var answer = await reader.ReadLineAsync().WaitAsync(Hung) ?? "";
            Assert.True(answer.StartsWith($"HTTP/1.1 {status} ", StringComparison.Ordinal), $"{what}: {answer}");
        }

        await GoesOnAsync();
    }

    [Fact]
    public async Task A_chunked_body_is_refused_at_the_limit()
    {
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(_server!.Endpoint.Host, _server.Endpoint.Port);
            var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"{Head}Transfer-Encoding: chunked\r\n\r\n"));
            var chunk = Encoding.Latin1.GetBytes($"100000\r\n{new string('a', 0x100000)}\r\n");
            var answered = new byte[16];
            var answer = stream.ReadAtLeastAsync(answered, 12).AsTask();
            var sent = 0;
            try
            {
                for (; sent < 100 && !answer.IsCompleted; sent++) await stream.WriteAsync(chunk);
            }
            catch (IOException)
            {
                // It is closed while we send on.
            }

            await answer.WaitAsync(Hung);
            Assert.Equal("HTTP/1.1 413", Encoding.Latin1.GetString(answered, 0, 12));
            // Seven MiB, and what lies in the sockets' buffers.
            Assert.InRange(sent, 7, 50);
        }

        await GoesOnAsync();
    }

    [Fact]
    public async Task Who_goes_away_in_the_middle_of_a_request_leaves_nothing()
    {
        foreach (var part in new[] { "", "POST", Head, $"{Head}Content-Length: {Send.Length}\r\n\r\n{Send[..10]}" })
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(_server!.Endpoint.Host, _server.Endpoint.Port);
            await socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes(part));
            // Reset, not closed in order.
            socket.LingerState = new(enable: true, seconds: 0);
        }

        await GoesOnAsync();
    }

    private async Task GoesOnAsync()
    {
        using var sqs = SocketHost.Connect(_server!);
        await sqs.SendMessageAsync("q", "sound");
        Assert.Equal("sound", Assert.Single((await sqs.ReceiveMessageAsync("q")).Messages).Body);
    }
}
