using Amazon.SQS;
using Zanshin.LocalQueue.Tests.Conformance;

namespace Zanshin.LocalQueue.Tests.InProcess;

/// <summary>The embedded queue under the SDK's client, without a socket.</summary>
public sealed class InProcessHost : SqsHost
{
    private readonly ManualTime _time = new();
    private readonly LocalSqs _sqs;

    public InProcessHost()
    {
        _sqs = new(new LocalSqsOptions { TimeProvider = _time, Seed = 1 });
        Client = LocalClients.Over(_sqs);
    }

    public override IAmazonSQS Client { get; }

    public override Task AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return Task.CompletedTask;
    }

    public override Task PollsOpenAsync(string queueUrl, int count)
    {
        Assert.Equal(count, _sqs.Engine.Find(queueUrl[(queueUrl.LastIndexOf('/') + 1)..])!.Waiting);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        Client.Dispose();
        _sqs.Dispose();
        return ValueTask.CompletedTask;
    }
}
