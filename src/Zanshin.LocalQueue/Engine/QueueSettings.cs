using System.Collections.Immutable;
using System.Globalization;

namespace Zanshin.LocalQueue.Engine;

/// <summary>A queue's attributes, checked and parsed. Never changes: a change makes a new one.</summary>
internal sealed record QueueSettings
{
    /// <summary>What the user gave, by name; this is what is stored.</summary>
    internal required ImmutableSortedDictionary<string, string> Given { get; init; }

    /// <summary>The queue's tags. They mean nothing to the queue.</summary>
    internal ImmutableSortedDictionary<string, string> Tags { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    internal bool Fifo { get; init; }

    internal long DelayTicks { get; init; }

    internal int MaximumMessageSize { get; init; } = SqsLimits.MessageBytes;

    internal long RetentionTicks { get; init; } = 345_600 * TimeSpan.TicksPerSecond;

    internal int WaitTimeSeconds { get; init; }

    internal int VisibilityTimeoutSeconds { get; init; } = 30;

    internal bool ContentBasedDeduplication { get; init; }

    /// <summary>Deduplication looks at one message group only.</summary>
    internal bool DeduplicatesByGroup { get; init; }

    internal RedrivePolicy? Redrive { get; init; }

    /// <summary>Null: every queue may name this one as its dead-letter queue.</summary>
    internal RedriveAllowPolicy? RedriveAllow { get; init; }

    /// <summary>The value SQS answers for a settable attribute; null when the attribute is unset and has no default.</summary>
    internal string? Answer(string name) => Given.TryGetValue(name, out var given) ? (given.Length == 0 ? null : given) : name switch
    {
        QueueAttribute.VisibilityTimeout => Text(VisibilityTimeoutSeconds),
        QueueAttribute.MaximumMessageSize => Text(MaximumMessageSize),
        QueueAttribute.MessageRetentionPeriod => Text(RetentionTicks / TimeSpan.TicksPerSecond),
        QueueAttribute.DelaySeconds => Text(DelayTicks / TimeSpan.TicksPerSecond),
        QueueAttribute.ReceiveMessageWaitTimeSeconds => Text(WaitTimeSeconds),
        QueueAttribute.SqsManagedSseEnabled => "true",
        QueueAttribute.ContentBasedDeduplication when Fifo => "false",
        QueueAttribute.DeduplicationScope when Fifo => "queue",
        QueueAttribute.FifoThroughputLimit when Fifo => "perQueue",
        _ => null,
    };

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
