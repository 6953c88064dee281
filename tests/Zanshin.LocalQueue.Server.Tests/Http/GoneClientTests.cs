using System.Net.Sockets;
using System.Text;
using Amazon.SQS;
using Amazon.SQS.Model;
using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Server.Tests.Http;

/// <summary>Callers that go before they have read their answer: what was taken for them is for others, at once.</summary>
public sealed class GoneClientTests : IAsyncLifetime
{
    private const string Json = """{"QueueUrl":"q","WaitTimeSeconds":WAIT}""";
    private const string Form = "Action=ReceiveMessage&Version=2012-11-05&QueueUrl=q&WaitTimeSeconds=WAIT";

    // Only a server that does not do it ever waits for it.
    private static readonly TimeSpan Hung = TimeSpan.FromSeconds(30);

    private LocalSqsServer? _server;
    private AmazonSQSClient? _sqs;

    public async ValueTask InitializeAsync()
    {
        _server = await LocalSqsServer.StartAsync(new() { Port = 0 });
        _sqs = SocketHost.Connect(_server);
        await _sqs.CreateQueueAsync(new CreateQueueRequest { QueueName = "q", Attributes = new() { ["VisibilityTimeout"] = "43200" } });
    }

    public async ValueTask DisposeAsync()
    {
        _sqs!.Dispose();
        await _server!.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_that_has_gone_takes_nothing(bool query)
    {
        using (await AskAsync(query, wait: 20)) await UntilAsync(() => Queue.Waiting == 1);
        // It may still be taken for the caller that has just gone, but not for long.
        await _sqs!.SendMessageAsync("q", "a");
        await UntilAsync(() => Queue.Count() == new QueueCounts(1, 0, 0) && Queue.Waiting == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_is_not_read_is_given_back(bool query)
    {
        await _sqs!.SendMessageAsync("q", "a");
        using (var socket = await AskAsync(query, wait: 0))
        {
            // All of it is on the caller's side, who goes without having looked.
            await UntilAsync(() => socket.Available > 0);
            Assert.Equal(new QueueCounts(0, 1, 0), Queue.Count());
        }

        await UntilAsync(() => Queue.Count() == new QueueCounts(1, 0, 0));
        var again = Assert.Single((await _sqs.ReceiveMessageAsync(new ReceiveMessageRequest("q") { MessageSystemAttributeNames = ["All"] })).Messages);
        Assert.Equal("1", again.Attributes["ApproximateReceiveCount"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_was_read_is_the_caller_s_also_when_it_goes(bool query)
    {
        await _sqs!.SendMessageAsync("q", "a");
        using (var socket = await AskAsync(query, wait: 0))
        {
            var buffer = new byte[8192];
            var read = 0;
            while (!Encoding.UTF8.GetString(buffer, 0, read).Contains(query ? "</ReceiveMessageResponse>" : "}]}", StringComparison.Ordinal))
            {
                read += await socket.GetStream().ReadAsync(buffer.AsMemory(read)).AsTask().WaitAsync(Hung);
            }
        }

        // The server has seen the end of that connection before it answers a later one on another thread, or soon after.
        for (var i = 0; i < 20; i++) await _sqs.ListQueuesAsync(new ListQueuesRequest());
        Assert.Equal(new QueueCounts(0, 1, 0), Queue.Count());
    }

    /// <summary>Callers go just as a message comes: each message is either with its caller or ready for others.</summary>
    [Fact]
    public async Task Whenever_a_caller_goes_no_message_is_left_with_nobody()
    {
        var queue = Queue;
        var dice = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            using var socket = await AskAsync(query: i % 2 == 0, wait: 20);
            await UntilAsync(() => queue.Waiting == 1);
            var spin = dice.Next(3000);
            var going = Task.Factory.StartNew(
                () =>
                {
                    Thread.SpinWait(spin);
                    socket.Dispose();
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            await _sqs!.SendMessageAsync("q", "a");
            await going;
            await UntilAsync(() => queue.Count() == new QueueCounts(1, 0, 0) && queue.Waiting == 0);
            var left = Assert.Single((await _sqs.ReceiveMessageAsync("q")).Messages);
            await _sqs.DeleteMessageAsync("q", left.ReceiptHandle);
        }
    }

    private MessageQueue Queue => _server!.Sqs.Engine.Find("q")!;

    private async Task<TcpClient> AskAsync(bool query, int wait)
    {
        var body = (query ? Form : Json).Replace("WAIT", $"{wait}", StringComparison.Ordinal);
        var type = query ? "Content-Type: application/x-www-form-urlencoded" : "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.ReceiveMessage";
        var socket = new TcpClient();
        await socket.ConnectAsync(_server!.Endpoint.Host, _server.Endpoint.Port);
        await socket.GetStream().WriteAsync(Encoding.Latin1.GetBytes($"POST / HTTP/1.1\r\nHost: localhost\r\n{type}\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        return socket;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Hung, "Not so for half a minute.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }
}
