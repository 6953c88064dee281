namespace Zanshin.Timing;

/// <summary>
/// Keeps whether the monotonic clock may have missed time: it stands still while a virtual machine is paused, and where it does not count suspensions,
/// in those. The wall clock is ahead then, as it is where it was merely set; or it was set back meanwhile; or the server is ahead. While it is not certain which of them it was, no lease is extended or given
/// back. Thread-safe.
/// </summary>
internal sealed class ClockDoubt
{
    private static readonly TimeSpan Jump = TimeSpan.FromSeconds(0.25);

    /// <summary>No clock that is only being corrected moves faster, in parts of the time: what is beyond it adds up to a jump.</summary>
    private const double Correction = 0.01;

    /// <summary>What the dates of answers may be apart by themselves, where several servers answer.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new(); // guards all below, but for readers of _missed
    private long _missed;
    private TimeSpan? _wall; // wall clock less monotonic clock, as it is certain to be
    private TimeSpan _looked; // when that was last compared
    private TimeSpan _ahead;
    private TaskCompletionSource? _certain;

    /// <summary>Time that the monotonic clock has not seen, and was found out.</summary>
    public TimeSpan Missed => TimeSpan.FromTicks(Interlocked.Read(ref _missed));

    /// <summary>Told when a doubt begins; must not block. Set before the first look.</summary>
    public Action Begun { get; set; } = static () => { };

    /// <summary>Compares the clocks.</summary>
    /// <returns>Whether there is a doubt now.</returns>
    public bool Look(DateTimeOffset wall, TimeSpan now)
    {
        TimeSpan off = Off(wall, now);
        lock (_lock)
        {
            if (_certain is not null)
                return true;
            if (_wall is not { } before || !Jumped(off - before))
            {
                _wall = _wall is { } known ? known + Within(off - known, (now - _looked) * Correction) : off;
                _looked = now;
                return false;
            }
            _certain = New();
        }
        Begun();
        return true;
    }

    /// <summary>Whether a look would find all well. Begins no doubt.</summary>
    public bool IsCertain(DateTimeOffset wall, TimeSpan now)
    {
        lock (_lock)
            return _certain is null && (_wall is not { } before || !Jumped(Off(wall, now) - before));
    }

    /// <summary>The server's clock is ahead of all that was thought possible.</summary>
    public void ServerIsAhead(TimeSpan by)
    {
        lock (_lock)
        {
            if (by < Apart)
                return;
            _ahead = by > _ahead ? by : _ahead;
            if (_certain is not null)
                return;
            _certain = New();
        }
        Begun();
    }

    /// <summary>How far the wall clock, and the server's, are ahead of where they were when all was certain.</summary>
    public (TimeSpan Wall, TimeSpan Server) Ahead(DateTimeOffset wall, TimeSpan now)
    {
        lock (_lock)
            return (Off(wall, now) - (_wall ?? Off(wall, now)), _ahead);
    }

    /// <summary>It is certain now how much was missed; nothing, where only a clock was set.</summary>
    /// <param name="now">The monotonic clock before that.</param>
    public void End(TimeSpan missed, DateTimeOffset wall, TimeSpan now)
    {
        TaskCompletionSource? certain;
        lock (_lock)
        {
            Interlocked.Add(ref _missed, missed.Ticks);
            (_wall, _looked) = (Off(wall, now + missed), now + missed);
            _ahead = TimeSpan.Zero;
            (certain, _certain) = (_certain, null);
        }
        certain?.TrySetResult();
    }

    /// <summary>Ends when there is no doubt.</summary>
    public async Task EndedAsync()
    {
        Task? certain;
        lock (_lock)
            certain = _certain?.Task;
        if (certain is not null)
            await certain;
    }

    // Also back: whoever sets a clock back hides what it would have shown.
    private static bool Jumped(TimeSpan by) => by.Duration() >= Jump;

    private static TimeSpan Within(TimeSpan by, TimeSpan most) => by > most ? most : by < -most ? -most : by;

    private static TimeSpan Off(DateTimeOffset wall, TimeSpan now) => wall - DateTimeOffset.UnixEpoch - now;

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
