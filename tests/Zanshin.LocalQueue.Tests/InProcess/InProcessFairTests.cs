using Zanshin.LocalQueue.Tests.Conformance;

namespace Zanshin.LocalQueue.Tests.InProcess;

public sealed class InProcessFairTests : FairConformance
{
    protected override Task<SqsHost> StartAsync() => Task.FromResult<SqsHost>(new InProcessHost());
}
