using Amazon.SQS.Model;
using Zanshin.Sqs;

namespace Zanshin.Sending;

/// <summary>A message of a route, checked, and its queue.</summary>
internal sealed class Draft(string queueName, SqsQueue queue, SendMessageBatchRequestEntry? entry, long size) : Sendable(entry, size)
{
    /// <summary>The queue as it was given.</summary>
    public string QueueName => queueName;

    public SqsQueue Queue => queue;
}
