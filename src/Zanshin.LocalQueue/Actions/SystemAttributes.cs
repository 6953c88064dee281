namespace Zanshin.LocalQueue.Actions;

/// <summary>The message system attributes a receive asked for.</summary>
[Flags]
internal enum SystemAttributes
{
    None = 0,
    SenderId = 1,
    SentTimestamp = 2,
    ApproximateReceiveCount = 4,
    ApproximateFirstReceiveTimestamp = 8,
    SequenceNumber = 16,
    MessageDeduplicationId = 32,
    MessageGroupId = 64,
    AWSTraceHeader = 128,
    DeadLetterQueueSourceArn = 256,
    All = 511,
}
