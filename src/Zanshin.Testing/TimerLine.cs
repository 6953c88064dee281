using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Testing;

/// <summary>
/// The armed timers, soonest first, equal ones in the order of arming. Arming, disarming and taking are O(log n); a timer that is not
/// armed is not held, so that the count is exact at any moment.
/// </summary>
internal sealed class TimerLine(Pump pump)
{
    private const long MaxMilliseconds = 0xFFFF_FFFE; // as System.Threading.Timer

    private readonly Lock _gate = new();

    // Under _gate, as are the timers' own fields: only so that misuse from another thread fails the run and not the tree.
    private readonly SortedSet<VirtualTimer> _armed = new(DueThenSequence.Instance);
    private long _sequence;

    public int Count
    {
        get
        {
            lock (_gate)
                return _armed.Count;
        }
    }

    /// <summary>Those that are armed and were made in a leak scope.</summary>
    public List<Begun> Begun()
    {
        lock (_gate)
            return [.. _armed.Select(static t => t.Begun).OfType<Begun>()];
    }

    /// <summary>Arms anew or disarms; false when the timer is disposed.</summary>
    public bool Arm(VirtualTimer timer, long now, TimeSpan dueTime, TimeSpan period)
    {
        var due = WholeMilliseconds(dueTime, nameof(dueTime));
        var every = WholeMilliseconds(period, nameof(period));
        pump.NoteUseFromElsewhere("A timer armed");
        lock (_gate)
        {
            if (timer.Disposed)
                return false;
            TakeOut(timer);
            timer.Period = Math.Max(0, every) * TimeSpan.TicksPerMillisecond;
            if (due >= 0)
                Insert(timer, now + due * TimeSpan.TicksPerMillisecond);
            return true;
        }
    }

    public void Dispose(VirtualTimer timer)
    {
        pump.NoteUseFromElsewhere("A timer disposed");
        lock (_gate)
        {
            TakeOut(timer);
            timer.Disposed = true;
        }
    }

    /// <summary>Takes the next timer due no later than <paramref name="end"/>; a periodic one goes back in line for its next time.</summary>
    public (VirtualTimer Timer, long Due)? TakeNext(long end)
    {
        lock (_gate)
        {
            if (_armed.Min is not { } timer || timer.Due > end)
                return null;
            var due = timer.Due;
            TakeOut(timer);
            if (timer.Period > 0)
                Insert(timer, due + timer.Period);
            return (timer, due);
        }
    }

    private void Insert(VirtualTimer timer, long due)
    {
        timer.Due = due;
        timer.Sequence = ++_sequence;
        _armed.Add(timer);
        if (timer.Begun is { } begun)
            ScopeLedger.Began(begun);
    }

    private void TakeOut(VirtualTimer timer)
    {
        if (_armed.Remove(timer) && timer.Begun is { } begun)
            ScopeLedger.Ended(begun);
    }

    private static long WholeMilliseconds(TimeSpan time, string name)
    {
        var milliseconds = (long)time.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, -1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(milliseconds, MaxMilliseconds, name);
        return milliseconds;
    }

    private sealed class DueThenSequence : IComparer<VirtualTimer>
    {
        public static readonly DueThenSequence Instance = new();

        public int Compare(VirtualTimer? x, VirtualTimer? y)
        {
            var byDue = x!.Due.CompareTo(y!.Due);
            return byDue != 0 ? byDue : x.Sequence.CompareTo(y.Sequence);
        }
    }
}
