namespace Zanshin.LocalQueue.Engine;

/// <summary>SQS's quotas (developer guide, "Amazon SQS message quotas" and "queue quotas").</summary>
internal static class SqsLimits
{
    /// <summary>Body and attributes of one message, and of one batch together: 1 MiB since August 2025.</summary>
    internal const int MessageBytes = 1_048_576;

    internal const int BatchEntries = 10;
    internal const int BatchEntryIdLength = 80;
    internal const int MessageAttributes = 10;
    internal const int InFlight = 120_000;
    internal const int DelaySeconds = 900;
    internal const int WaitTimeSeconds = 20;

    /// <summary>12 hours, counted from the receive.</summary>
    internal const int VisibilitySeconds = 43_200;

    /// <summary>How long a deduplication id and a receive attempt id are remembered.</summary>
    internal const long DeduplicationTicks = 5 * TimeSpan.TicksPerMinute;

    /// <summary>Between two purges of a queue, and between a queue's deletion and its creation under the same name.</summary>
    internal const long AdministrationTicks = TimeSpan.TicksPerMinute;
}
