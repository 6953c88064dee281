namespace Zanshin.Dispatching;

/// <summary>
/// By weight, interleaved: of weights 3 and 1 the turns are a, a, b, a. A queue's turns stand at even distances, one over its weight, on a line of its own; the one whose
/// next turn comes first has it. A queue that wanted none meanwhile gathers none: it goes on from where the others are.
/// </summary>
internal sealed class WeightedTurns : Turns
{
    private readonly TurnHeap _wanting = new();
    private double[] _next = []; // by a queue's index: where its next turn stands
    private double _now; // how far all have come

    public override int Count => _wanting.Count;

    public override bool Ranks => false;

    public override void Add(QueueLine line)
    {
        if (!_wanting.Has(line))
            _wanting.Set(line, Next(line) = Math.Max(Next(line), _now));
    }

    public override void Remove(QueueLine line) => _wanting.Remove(line);

    public override QueueLine? First(TimeSpan now) => _wanting.Count == 0 ? null : _wanting.First;

    public override void Took(QueueLine line)
    {
        ref double next = ref Next(line);
        next = Math.Max(next, _now);
        _now = Math.Max(_now, _wanting.Count == 0 ? next : Math.Min(next, _wanting.Least));
        next += 1.0 / line.Weight;
        if (_wanting.Has(line))
            _wanting.Set(line, next);
    }

    public override void Reweigh(QueueLine line)
    {
    }

    public override bool Outranks(QueueLine line, QueueLine other, TimeSpan now) => false;

    private ref double Next(QueueLine line)
    {
        for (int size = _next.Length; size <= line.Index; size++)
        {
            Array.Resize(ref _next, size + 1);
            _next[size] = double.NaN;
        }
        ref double next = ref _next[line.Index];
        // Half a distance first: so the turns of the heavier one stand around those of the lighter.
        if (double.IsNaN(next))
            next = _now + 0.5 / line.Weight;
        return ref next;
    }
}
