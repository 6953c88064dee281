namespace Zanshin.Timing;

/// <summary>
/// Deadlines, earliest first, with O(log n) change and removal by the item itself: an item that is done leaves at once
/// instead of waiting for its hour. Not thread-safe; its owner locks.
/// </summary>
internal sealed class DeadlineHeap<T>
    where T : class, IDeadline
{
    private T[] _items = new T[16];

    public int Count { get; private set; }

    public TimeSpan Earliest => Count == 0 ? TimeSpan.MaxValue : _items[0].Due;

    public T First => _items[0];

    /// <summary>Puts the item in, or moves it to its new deadline.</summary>
    public void Set(T item, TimeSpan due)
    {
        item.Due = due;
        if (item.Place < 0)
        {
            if (Count == _items.Length)
                Array.Resize(ref _items, Count * 2);
            Put(item, Count++);
        }
        Settle(item);
    }

    public void Remove(T item)
    {
        int place = item.Place;
        if (place < 0)
            return;
        item.Place = -1;
        T last = _items[--Count];
        _items[Count] = null!;
        if (!ReferenceEquals(last, item))
        {
            Put(last, place);
            Settle(last);
        }
    }

    private void Settle(T item)
    {
        int place = item.Place;
        while (place > 0 && _items[(place - 1) / 2].Due > item.Due)
        {
            int parent = (place - 1) / 2;
            Put(_items[parent], place);
            place = parent;
        }
        while (true)
        {
            int child = place * 2 + 1;
            if (child >= Count)
                break;
            if (child + 1 < Count && _items[child + 1].Due < _items[child].Due)
                child++;
            if (_items[child].Due >= item.Due)
                break;
            Put(_items[child], place);
            place = child;
        }
        Put(item, place);
    }

    private void Put(T item, int place)
    {
        _items[place] = item;
        item.Place = place;
    }
}
