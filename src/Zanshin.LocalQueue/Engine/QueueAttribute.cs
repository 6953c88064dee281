namespace Zanshin.LocalQueue.Engine;

/// <summary>Names of queue attributes, as SQS spells them.</summary>
internal static class QueueAttribute
{
    internal const string All = "All";
    internal const string DelaySeconds = "DelaySeconds";
    internal const string MaximumMessageSize = "MaximumMessageSize";
    internal const string MessageRetentionPeriod = "MessageRetentionPeriod";
    internal const string Policy = "Policy";
    internal const string ReceiveMessageWaitTimeSeconds = "ReceiveMessageWaitTimeSeconds";
    internal const string VisibilityTimeout = "VisibilityTimeout";
    internal const string RedrivePolicy = "RedrivePolicy";
    internal const string RedriveAllowPolicy = "RedriveAllowPolicy";
    internal const string KmsMasterKeyId = "KmsMasterKeyId";
    internal const string KmsDataKeyReusePeriodSeconds = "KmsDataKeyReusePeriodSeconds";
    internal const string SqsManagedSseEnabled = "SqsManagedSseEnabled";
    internal const string FifoQueue = "FifoQueue";
    internal const string ContentBasedDeduplication = "ContentBasedDeduplication";
    internal const string DeduplicationScope = "DeduplicationScope";
    internal const string FifoThroughputLimit = "FifoThroughputLimit";
    internal const string QueueArn = "QueueArn";
    internal const string CreatedTimestamp = "CreatedTimestamp";
    internal const string LastModifiedTimestamp = "LastModifiedTimestamp";
    internal const string ApproximateNumberOfMessages = "ApproximateNumberOfMessages";
    internal const string ApproximateNumberOfMessagesNotVisible = "ApproximateNumberOfMessagesNotVisible";
    internal const string ApproximateNumberOfMessagesDelayed = "ApproximateNumberOfMessagesDelayed";

    /// <summary>Whether its values are <c>true</c> and <c>false</c>; SQS takes <c>True</c> too.</summary>
    internal static bool IsSwitch(string name) => name is FifoQueue or ContentBasedDeduplication or SqsManagedSseEnabled;

    /// <summary>All that a queue can be asked for, in the order in which it answers.</summary>
    internal static readonly string[] Readable =
    [
        QueueArn, ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, ApproximateNumberOfMessagesDelayed,
        CreatedTimestamp, LastModifiedTimestamp, VisibilityTimeout, MaximumMessageSize, MessageRetentionPeriod, DelaySeconds,
        ReceiveMessageWaitTimeSeconds, Policy, RedrivePolicy, RedriveAllowPolicy, KmsMasterKeyId, KmsDataKeyReusePeriodSeconds,
        SqsManagedSseEnabled, FifoQueue, ContentBasedDeduplication, DeduplicationScope, FifoThroughputLimit,
    ];
}
