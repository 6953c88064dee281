using Amazon.Runtime;
using Amazon.SQS;
using Zanshin.LocalQueue.Tests.Conformance;

namespace Zanshin.EndToEnd.Moto;

/// <summary>moto under the conformance tests. It lives in real time, which nobody can move: tests that would are skipped.</summary>
internal sealed class MotoHost : SqsHost
{
    private MotoHost(MotoServer server) => Client = new AmazonSQSClient(
        new BasicAWSCredentials("local", "local"), new AmazonSQSConfig { ServiceURL = server.Endpoint, MaxErrorRetry = 0 });

    public override IAmazonSQS Client { get; }

    public static async Task<SqsHost> StartAsync(MotoServer server)
    {
        Assert.SkipWhen(server.Missing is not null, server.Missing ?? "");
        if (MotoDiffers.From.TryGetValue(TestContext.Current.TestMethod!.MethodName, out string? how))
            Assert.Skip($"moto differs: {how}.");
        await server.ResetAsync();
        return new MotoHost(server);
    }

    public override Task AdvanceAsync(TimeSpan by)
    {
        Assert.Skip("moto's time cannot be moved.");
        return Task.CompletedTask;
    }

    public override Task PollsOpenAsync(string queueUrl, int count)
    {
        Assert.Skip("moto does not tell who waits.");
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }
}
