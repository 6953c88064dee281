using Amazon.Runtime;
using Amazon.SQS;
using Zanshin.LocalQueue.Tests;
using Zanshin.LocalQueue.Tests.Conformance;

namespace Zanshin.LocalQueue.Server.Tests.Http;

/// <summary>The server on a socket, with a data file, under the SDK's ordinary client. Its clock is ours.</summary>
public sealed class SocketHost : SqsHost
{
    private readonly ManualTime _time;
    private readonly LocalSqsServer _server;
    private readonly TemporaryDirectory _directory;

    private SocketHost(ManualTime time, LocalSqsServer server, TemporaryDirectory directory)
    {
        _time = time;
        _server = server;
        _directory = directory;
        Client = Connect(server);
    }

    public override IAmazonSQS Client { get; }

    internal static async Task<SqsHost> StartAsync()
    {
        var time = new ManualTime();
        var directory = new TemporaryDirectory();
        var server = await LocalSqsServer.StartAsync(new() { Port = 0, DataFile = directory.File("queues.db"), Queues = new() { TimeProvider = time } });
        return new SocketHost(time, server, directory);
    }

    internal static AmazonSQSClient Connect(LocalSqsServer server) => new(
        new BasicAWSCredentials("local", "local"),
        new AmazonSQSConfig { ServiceURL = server.Endpoint.ToString(), MaxErrorRetry = 0 });

    public override Task AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return Task.CompletedTask;
    }

    public override async Task PollsOpenAsync(string queueUrl, int count)
    {
        var queue = _server.Sqs.Engine.Find(queueUrl[(queueUrl.LastIndexOf('/') + 1)..])!;
        for (var spins = 0; queue.Waiting != count; spins++)
        {
            Assert.True(spins < 50_000_000, $"{queue.Waiting} polls wait, not {count}.");
            await Task.Yield();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        _directory.Dispose();
    }
}
