namespace Zanshin;

/// <summary>When the worker's liveness check calls for a restart.</summary>
public sealed class ZanshinHealthOptions
{
    /// <summary>
    /// So long a queue may go without being asked although there is room for its messages. Over 0; default 1 minute. A worker that pauses, is
    /// quiet, or has all slots taken is not concerned.
    /// </summary>
    public TimeSpan DeadAfterStandstill { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// So long a queue may be asked in vain. Over 0; default 10 minutes: a restart can bring new credentials or addresses, and does not help
    /// while SQS is away. <see cref="Timeout.InfiniteTimeSpan"/> for never. Until then the check is degraded.
    /// </summary>
    public TimeSpan DeadAfterFailing { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Whether the worker counts as dead when all slots of one of its groups are lost to handlers that look stuck
    /// (<see cref="QueueOptions.StuckAfter"/>). Default false, which is degraded: a restart ends handlers that are only slow, too.
    /// </summary>
    public bool DeadWhenAllSlotsAreLost { get; set; }
}
