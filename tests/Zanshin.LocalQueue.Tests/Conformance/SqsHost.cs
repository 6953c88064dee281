using Amazon.SQS;

namespace Zanshin.LocalQueue.Tests.Conformance;

/// <summary>A queue service under test: its client and its clock. The same tests run in process and over a socket.</summary>
public abstract class SqsHost : IAsyncDisposable
{
    public abstract IAmazonSQS Client { get; }

    public abstract Task AdvanceAsync(TimeSpan by);

    /// <summary>Returns once exactly so many long polls wait at the queue.</summary>
    public abstract Task PollsOpenAsync(string queueUrl, int count);

    public abstract ValueTask DisposeAsync();
}
