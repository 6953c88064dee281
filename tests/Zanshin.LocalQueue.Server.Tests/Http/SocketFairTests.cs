using Zanshin.LocalQueue.Tests.Conformance;

namespace Zanshin.LocalQueue.Server.Tests.Http;

public sealed class SocketFairTests : FairConformance
{
    protected override Task<SqsHost> StartAsync() => SocketHost.StartAsync();
}
