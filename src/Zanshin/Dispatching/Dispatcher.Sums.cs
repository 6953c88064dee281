using Zanshin.Timing;

namespace Zanshin.Dispatching;

/// <content>
/// What is asked of all queues at each message, kept at each change of one of them instead of counted: a group of a hundred queues costs a message no more than one of one.
/// All of it is called under the lock.
/// </content>
internal sealed partial class Dispatcher
{
    private readonly List<QueueLine> _touched = [];
    private readonly DeadlineHeap<QueueLine> _moments = new(); // when a line changes by time alone
    private readonly RateMeter _rate = new(); // of runs that end: what begins may only fill slots that were idle
    private double _ahead; // the slots that what is here, or expected, will take soon: the sum of the lines' Soon
    private int _linesAhead; // that have any

    // Something of the line has changed. What follows from it is worked out before it is next asked for.
    private void Touch(QueueLine line)
    {
        if (line.Touched)
            return;
        line.Touched = true;
        _touched.Add(line);
    }

    private void TouchAll() => _lines.ForEach(Touch);

    private void Refresh(TimeSpan now)
    {
        while (_moments.Earliest <= now)
        {
            QueueLine line = _moments.First;
            _moments.Remove(line);
            Touch(line);
        }
        // To work one out may touch it again.
        for (int i = 0; i < _touched.Count; i++)
        {
            _touched[i].Touched = false;
            Refresh(_touched[i], now);
        }
        _touched.Clear();
    }

    private void Refresh(QueueLine line, TimeSpan now)
    {
        double soon = SlotsSoon(line, now, out TimeSpan until);
        if (until > now && until < TimeSpan.MaxValue)
            _moments.Set(line, until);
        else
            _moments.Remove(line);
        _linesAhead += (soon > 0 ? 1 : 0) - (line.Soon > 0 ? 1 : 0);
        // Where there is nothing, nothing of what rounding has left.
        _ahead = _linesAhead == 0 ? 0 : _ahead + soon - line.Soon;
        line.Soon = soon;

        if (WantsStart(line))
            _starts.Add(line);
        else
            _starts.Remove(line);

        if (line.HoldsBack)
        {
            line.HoldsBack = false;
            TurnsFor(line.Wants).Add(line);
        }
    }

    // Whether the sums that are kept are those that would be counted: looked at with every status.
    private bool SumsHold()
    {
        TimeSpan now = _surroundings.Now;
        Refresh(now);
        double ahead = 0;
        foreach (QueueLine line in _lines)
            ahead += SlotsSoon(line, now, out _);
        return Math.Abs(ahead - _ahead) < 1e-6 && _lines.Sum(static l => l.Asked) == _ledger.Asked;
    }
}
