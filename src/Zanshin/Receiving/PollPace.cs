namespace Zanshin.Receiving;

/// <summary>
/// How many receives of one queue may be open at once: more after full ones in a row, fewer after a run of empty ones,
/// never on a single one. Pure; guarded by the receiver's lock.
/// </summary>
internal sealed class PollPace
{
    private const int Most = 16;
    private const int FullToGrow = 2;
    private const int EmptyToShrink = 3;

    private int _full;
    private int _empty;

    public int Polls { get; private set; } = 1;

    /// <summary>Whether the last receive of the queue brought nothing: then one open receive is enough, and it reserves nothing.</summary>
    public bool Idle { get; private set; } = true;

    public void Answered(int asked, int received)
    {
        Idle = received == 0;
        _full = received >= asked ? _full + 1 : 0;
        _empty = received == 0 ? _empty + 1 : 0;
        if (_full >= FullToGrow)
        {
            Polls = Math.Min(Polls * 2, Most);
            _full = 0;
        }
        if (_empty >= EmptyToShrink)
        {
            Polls = Math.Max(Polls / 2, 1);
            _empty = 0;
        }
    }
}
