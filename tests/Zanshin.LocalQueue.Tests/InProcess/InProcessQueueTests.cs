using Zanshin.LocalQueue.Tests.Conformance;

namespace Zanshin.LocalQueue.Tests.InProcess;

public sealed class InProcessQueueTests : QueueConformance
{
    protected override Task<SqsHost> StartAsync() => Task.FromResult<SqsHost>(new InProcessHost());
}
