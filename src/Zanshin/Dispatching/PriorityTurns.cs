namespace Zanshin.Dispatching;

/// <summary>The queue of the greatest weight first; but for what is overdue, the longest first.</summary>
/// <param name="longest">What has waited longer is overdue; infinite for never.</param>
internal sealed class PriorityTurns(TimeSpan longest) : Turns
{
    private readonly TurnHeap _wanting = new();

    public override int Count => _wanting.Count;

    public override bool Ranks => true;

    public override void Add(QueueLine line)
    {
        if (!_wanting.Has(line))
            _wanting.Set(line, -line.Weight);
    }

    public override void Remove(QueueLine line) => _wanting.Remove(line);

    public override QueueLine? First(TimeSpan now)
    {
        if (_wanting.Count == 0)
            return null;
        QueueLine first = _wanting.First;
        if (longest == Timeout.InfiniteTimeSpan)
            return first;
        TimeSpan most = TimeSpan.Zero;
        for (int i = 0; i < _wanting.Count; i++)
        {
            TimeSpan overdue = Overdue(_wanting.At(i), now);
            if (overdue > most || (overdue == most && overdue > TimeSpan.Zero && _wanting.At(i).Index < first.Index))
                (first, most) = (_wanting.At(i), overdue);
        }
        return first;
    }

    public override void Took(QueueLine line)
    {
    }

    public override void Reweigh(QueueLine line)
    {
        if (_wanting.Has(line))
            _wanting.Set(line, -line.Weight);
    }

    public override bool Outranks(QueueLine line, QueueLine other, TimeSpan now)
    {
        TimeSpan overdue = Overdue(line, now), others = Overdue(other, now);
        return overdue != others ? overdue > others : line.Weight > other.Weight;
    }

    private TimeSpan Overdue(QueueLine line, TimeSpan now)
    {
        if (longest == Timeout.InfiniteTimeSpan)
            return TimeSpan.Zero;
        TimeSpan over = line.Waited(now) - longest;
        return over > TimeSpan.Zero ? over : TimeSpan.Zero;
    }
}
