using Zanshin.Timing;

namespace Zanshin.Settling;

/// <summary>One settlement on its way. Owned by its batcher's lock, the result by whoever awaits it.</summary>
internal sealed class Entry(Lease lease, TimeSpan after, TimeSpan added) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), IDeadline
{
    public Lease Lease => lease;

    /// <summary>For a return: how long the message stays invisible.</summary>
    public TimeSpan After => after;

    public TimeSpan Added => added;

    public int Failures { get; set; }

    public int Place { get; set; } = -1;
}
