namespace Zanshin.Dispatching;

/// <summary>
/// How much of the worker a queue may use whose handlers keep failing: after failures in a row half of its slots, down to one;
/// if that one fails on, pauses between its runs, up to 5 s. Each success gives a slot back. So an outage behind the
/// handlers neither takes the slots of other queues nor drives a whole backlog to the dead-letter queue. Pure; guarded by the
/// dispatcher's lock.
/// </summary>
internal sealed class FailurePace
{
    /// <summary>After so long without a failure, because there was nothing to run, the queue has all its slots back.</summary>
    public static readonly TimeSpan Stale = TimeSpan.FromMinutes(2);

    private const int FewestInARow = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private int _most;
    private int _inARow;
    private int _pauses;
    private TimeSpan _lastFailure;

    public FailurePace(int most) => Slots = _most = most;

    public int Slots { get; private set; }

    public bool Held => Slots < _most || _pauses > 0;

    /// <summary>No run begins before this.</summary>
    public TimeSpan NotBefore { get; private set; }

    /// <summary>There are more slots, or fewer.</summary>
    public void Resize(int most)
    {
        Slots = Slots == _most ? most : Math.Min(Slots, most);
        _most = most;
    }

    /// <summary>When it has been quiet for so long that its last failures say nothing any more, if nothing of it runs or waits until then.</summary>
    public TimeSpan RecoversAt => _lastFailure + Stale;

    /// <summary>Everything is forgotten.</summary>
    public void Recover() => (_inARow, _pauses, NotBefore, Slots) = (0, 0, TimeSpan.Zero, _most);

    public void Succeeded()
    {
        (_inARow, _pauses, NotBefore) = (0, 0, TimeSpan.Zero);
        Slots = Math.Min(_most, Slots + 1);
    }

    public void Failed(TimeSpan now, double dice)
    {
        _inARow++;
        _lastFailure = now;
        if (_pauses == 0 && _inARow < Math.Max(FewestInARow, Slots))
            return;
        _inARow = 0;
        if (Slots > 1)
        {
            Slots /= 2;
            return;
        }
        TimeSpan pause = FirstPause * Math.Pow(2, Math.Min(_pauses++, 10));
        NotBefore = now + (pause < LongestPause ? pause : LongestPause) * (0.5 + dice / 2);
    }
}
