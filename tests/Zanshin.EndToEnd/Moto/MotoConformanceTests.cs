using Zanshin.LocalQueue.Tests.Conformance;

namespace Zanshin.EndToEnd.Moto;

[Collection(MotoCollection.Name)]
public sealed class MotoFairTests(MotoServer moto) : FairConformance
{
    protected override Task<SqsHost> StartAsync() => MotoHost.StartAsync(moto);
}

[Collection(MotoCollection.Name)]
public sealed class MotoFifoTests(MotoServer moto) : FifoConformance
{
    protected override Task<SqsHost> StartAsync() => MotoHost.StartAsync(moto);
}

[Collection(MotoCollection.Name)]
public sealed class MotoHandleTests(MotoServer moto) : HandleConformance
{
    protected override Task<SqsHost> StartAsync() => MotoHost.StartAsync(moto);
}

[Collection(MotoCollection.Name)]
public sealed class MotoLongPollTests(MotoServer moto) : LongPollConformance
{
    protected override Task<SqsHost> StartAsync() => MotoHost.StartAsync(moto);
}

[Collection(MotoCollection.Name)]
public sealed class MotoMoveTests(MotoServer moto) : MoveConformance
{
    protected override Task<SqsHost> StartAsync() => MotoHost.StartAsync(moto);
}

[Collection(MotoCollection.Name)]
public sealed class MotoQueueTests(MotoServer moto) : QueueConformance
{
    protected override Task<SqsHost> StartAsync() => MotoHost.StartAsync(moto);
}

[Collection(MotoCollection.Name)]
public sealed class MotoReceiveTests(MotoServer moto) : ReceiveConformance
{
    protected override Task<SqsHost> StartAsync() => MotoHost.StartAsync(moto);
}

[Collection(MotoCollection.Name)]
public sealed class MotoRedriveTests(MotoServer moto) : RedriveConformance
{
    protected override Task<SqsHost> StartAsync() => MotoHost.StartAsync(moto);
}

[Collection(MotoCollection.Name)]
public sealed class MotoSendTests(MotoServer moto) : SendConformance
{
    protected override Task<SqsHost> StartAsync() => MotoHost.StartAsync(moto);
}
