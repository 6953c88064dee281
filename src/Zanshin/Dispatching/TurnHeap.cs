namespace Zanshin.Dispatching;

/// <summary>A group's queues that want a turn, by a key and then by the order of the setup: least first, with O(log n) change by the queue itself. Not thread-safe; its owner locks.</summary>
internal sealed class TurnHeap
{
    private QueueLine[] _lines = new QueueLine[4];
    private double[] _keys = new double[4]; // beside the lines
    private int[] _places = [-1, -1, -1, -1]; // by a line's index

    public int Count { get; private set; }

    public QueueLine First => _lines[0];

    public double Least => _keys[0];

    public bool Has(QueueLine line) => line.Index < _places.Length && _places[line.Index] >= 0;

    public double KeyOf(QueueLine line) => _keys[_places[line.Index]];

    /// <summary>The line at a place: 0 to <see cref="Count"/>, in no order but for the first.</summary>
    public QueueLine At(int place) => _lines[place];

    /// <summary>Puts the line in, or moves it to its new place.</summary>
    public void Set(QueueLine line, double key)
    {
        Grow(line.Index);
        int place = _places[line.Index];
        if (place < 0)
            place = Count++;
        Settle(line, key, place);
    }

    public void Remove(QueueLine line)
    {
        if (!Has(line))
            return;
        int place = _places[line.Index];
        _places[line.Index] = -1;
        Count--;
        if (place != Count)
            Settle(_lines[Count], _keys[Count], place);
    }

    private void Settle(QueueLine line, double key, int place)
    {
        while (place > 0 && IsBefore(line, key, (place - 1) / 2))
        {
            Put(_lines[(place - 1) / 2], _keys[(place - 1) / 2], place);
            place = (place - 1) / 2;
        }
        while (true)
        {
            int child = 2 * place + 1;
            if (child >= Count)
                break;
            if (child + 1 < Count && IsBefore(_lines[child + 1], _keys[child + 1], child))
                child++;
            if (IsBefore(line, key, child))
                break;
            Put(_lines[child], _keys[child], place);
            place = child;
        }
        Put(line, key, place);
    }

    private bool IsBefore(QueueLine line, double key, int place) => key != _keys[place] ? key < _keys[place] : line.Index < _lines[place].Index;

    private void Put(QueueLine line, double key, int place)
    {
        (_lines[place], _keys[place]) = (line, key);
        _places[line.Index] = place;
    }

    private void Grow(int index)
    {
        int size = _places.Length;
        if (index < size && Count < size)
            return;
        int larger = Math.Max(2 * size, index + 1);
        Array.Resize(ref _lines, larger);
        Array.Resize(ref _keys, larger);
        Array.Resize(ref _places, larger);
        Array.Fill(_places, -1, size, larger - size);
    }
}
