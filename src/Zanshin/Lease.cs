using Zanshin.Leasing;
using Zanshin.Timing;

namespace Zanshin;

/// <summary>
/// The right to one message until its visibility deadline. The worker extends it for as long as the handler runs, so a
/// handler needs this only to take a longer stretch at once or to look. Thread-safe.
/// </summary>
public sealed class Lease : IDeadline
{
    private readonly LeaseKeeper _keeper;

    internal Lease(LeaseKeeper keeper, ILeaseHolder holder, string handle, TimeSpan received, TimeSpan deadline)
    {
        _keeper = keeper;
        Holder = holder;
        Handle = handle;
        Received = received;
        Deadline = deadline;
    }

    /// <summary>How long the message surely stays invisible if nothing more is heard from SQS; zero when the lease is lost or over.</summary>
    public TimeSpan Left => _keeper.Left(this);

    /// <summary>
    /// Makes the message invisible for <paramref name="by"/> from now (whole seconds, rounded up), also where that is less
    /// than what is left; automatic extension goes on from there. Failed calls are repeated until the lease's deadline.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Under a second or over 12 hours.</exception>
    /// <exception cref="LeaseLostException">The lease was lost, before or during the call.</exception>
    public ValueTask ExtendAsync(TimeSpan by, CancellationToken cancel = default)
    {
        Asked?.Invoke(by);
        return _keeper.ExtendNowAsync(this, by, cancel);
    }

    internal ILeaseHolder Holder { get; }

    /// <summary>Told, in a test, of each stretch that the handler asks for. Set before the handler runs.</summary>
    internal Action<TimeSpan>? Asked { get; set; }

    // All below belongs to the keeper's lock.

    internal string Handle { get; set; }

    /// <summary>When SQS counts its 12 hours from.</summary>
    internal TimeSpan Received { get; set; }

    internal TimeSpan Deadline { get; set; }

    internal LeaseMode Mode { get; set; }

    internal VisibilityCall Call { get; set; }

    /// <summary>Completed when the call that is under way has ended; made only for one who waits for that.</summary>
    internal TaskCompletionSource? CallEnded { get; set; }

    /// <summary>Rises when the handle changes, so that a call on the old handle no longer speaks for the lease.</summary>
    internal int Generation { get; set; }

    internal int FailedCalls { get; set; }

    internal TimeSpan NextTry { get; set; }

    /// <summary>The shortest stretch that was asked for without an answer, and may still take effect until <see cref="UnheardUntil"/>.</summary>
    internal TimeSpan Unheard { get; set; }

    internal TimeSpan UnheardUntil { get; set; }

    internal TimeSpan RunLimit { get; set; } = TimeSpan.MaxValue;

    internal TimeSpan WakeAt { get; set; } = TimeSpan.MaxValue;

    /// <summary>A delete is on its way: an extension that is refused now says nothing.</summary>
    internal bool Deleting { get; set; }

    int IDeadline.Place { get; set; } = -1;
}
