namespace Zanshin;

/// <summary>The quotas of Amazon SQS that the worker has to keep (SQS Developer Guide, "Amazon SQS quotas").</summary>
internal static class SqsLimits
{
    /// <summary>Entries in one batch call, and messages in one receive.</summary>
    public const int Batch = 10;

    /// <summary>Bytes of one message or of one batch, bodies and attributes together.</summary>
    public const int PayloadBytes = 1024 * 1024;

    /// <summary>Message attributes on one message.</summary>
    public const int Attributes = 10;

    /// <summary>The longest visibility timeout, counted from the receipt.</summary>
    public static readonly TimeSpan MaxVisibility = TimeSpan.FromHours(12);

    /// <summary>The longest delay of a send.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromMinutes(15);

    /// <summary>The longest wait of a receive.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(20);
}
