namespace Zanshin.Timing;

/// <summary>
/// Deadlines, earliest first, with O(log n) change and removal by the item itself: an item that is done leaves at once
/// instead of waiting for its hour. Four children to a node, and the deadlines beside the items, so that a search for the earliest
/// child reads one stretch of memory. Not thread-safe; its owner locks.
/// </summary>
internal sealed class DeadlineHeap<T>
    where T : class, IDeadline
{
    private const int Children = 4;

    private Node[] _nodes = new Node[16];

    public int Count { get; private set; }

    public TimeSpan Earliest => Count == 0 ? TimeSpan.MaxValue : _nodes[0].Due;

    public T First => _nodes[0].Item;

    /// <summary>Puts the item in, or moves it to its new deadline.</summary>
    public void Set(T item, TimeSpan due)
    {
        int place = item.Place;
        if (place < 0)
        {
            if (Count == _nodes.Length)
                Array.Resize(ref _nodes, Count * 2);
            place = Count++;
        }
        else if (_nodes[place].Due == due)
        {
            return;
        }
        Settle(new Node(due, item), place);
    }

    public void Remove(T item)
    {
        int place = item.Place;
        if (place < 0)
            return;
        item.Place = -1;
        Node last = _nodes[--Count];
        _nodes[Count] = default;
        if (!ReferenceEquals(last.Item, item))
            Settle(last, place);
    }

    // The place is free; the node goes there, or up or down from there.
    private void Settle(Node node, int place)
    {
        while (place > 0 && _nodes[(place - 1) / Children].Due > node.Due)
        {
            int parent = (place - 1) / Children;
            Put(_nodes[parent], place);
            place = parent;
        }
        while (true)
        {
            int earliest = EarliestChild(place);
            if (earliest < 0 || _nodes[earliest].Due >= node.Due)
                break;
            Put(_nodes[earliest], place);
            place = earliest;
        }
        Put(node, place);
    }

    private int EarliestChild(int place)
    {
        int first = place * Children + 1;
        if (first >= Count)
            return -1;
        int earliest = first;
        for (int child = first + 1, end = Math.Min(first + Children, Count); child < end; child++)
        {
            if (_nodes[child].Due < _nodes[earliest].Due)
                earliest = child;
        }
        return earliest;
    }

    private void Put(Node node, int place)
    {
        _nodes[place] = node;
        node.Item.Place = place;
    }

    private readonly record struct Node(TimeSpan Due, T Item);
}
