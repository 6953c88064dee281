using Zanshin.Dispatching;

namespace Zanshin.Receiving;

/// <summary>
/// How many receives of one queue may be open at once: more after answers in a row behind which there is more, fewer after a run of empty ones,
/// never on a single one. Pure; guarded by the receiver's lock.
/// </summary>
internal sealed class PollPace
{
    private const int MoreToGrow = 2;
    private const int EmptyToShrink = 3;

    private int _more;
    private int _empty;

    public int Polls { get; private set; } = 1;

    /// <summary>Whether the last receive waited and brought nothing, or several at once did not wait: then one open receive is enough, and it reserves nothing.</summary>
    public bool Idle { get; private set; } = true;

    /// <param name="quick">It did not wait: SQS, which asks only some of its servers then, may give nothing, or little, although there is more.</param>
    /// <param name="backlog">What it brought had waited in the queue, although the queue was asked all the time.</param>
    public void Answered(int asked, int received, bool quick, bool backlog)
    {
        _empty = received == 0 ? _empty + 1 : 0;
        Idle = received == 0 && (Idle || !quick || _empty > 1);
        if (received >= asked || (received > 0 && quick && backlog))
            _more++;
        else if (received > 0 || !quick)
            _more = 0;
        if (_more >= MoreToGrow)
        {
            Polls = Math.Min(Polls * 2, Ledger.MostPolls);
            _more = 0;
        }
        if (_empty >= EmptyToShrink)
        {
            Polls = Math.Max(Polls / 2, 1);
            _empty = 0;
        }
    }
}
