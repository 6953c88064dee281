using System.Diagnostics.CodeAnalysis;

namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// A four-way heap whose items know their place: adding, removing any item and moving its deadline are O(log n),
/// the earliest is O(1). Deadlines are thus never searched for. Not thread-safe: guarded by its queue's lock.
/// </summary>
internal sealed class IndexedHeap<T, TOrder>
    where T : class
    where TOrder : struct, IHeapOrder<T>
{
    private const int Arity = 4;
    private (long Due, T Item)[] _items = [];

    internal int Count { get; private set; }

    internal bool TryPeek([NotNullWhen(true)] out T? item, out long due)
    {
        (due, item) = Count > 0 ? _items[0] : (long.MaxValue, null);
        return item is not null;
    }

    internal void Add(T item)
    {
        if (Count == _items.Length) Array.Resize(ref _items, Math.Max(16, Count * 2));
        Rise(Count++, TOrder.Due(item), item);
    }

    internal void Remove(T item)
    {
        var place = TOrder.Place(item);
        TOrder.Place(item) = -1;
        var (due, last) = _items[--Count];
        _items[Count] = default;
        if (place < Count) Settle(place, due, last);
    }

    /// <summary>Restores the order after <paramref name="item"/>'s instant has changed.</summary>
    internal void Update(T item) => Settle(TOrder.Place(item), TOrder.Due(item), item);

    /// <summary>Forgets all items. Their places are not reset: they must not be used with this heap again.</summary>
    internal void Clear()
    {
        _items = [];
        Count = 0;
    }

    private void Settle(int place, long due, T item)
    {
        if (place > 0 && Before(due, item, _items[(place - 1) / Arity])) Rise(place, due, item);
        else Sink(place, due, item);
    }

    private void Rise(int place, long due, T item)
    {
        while (place > 0)
        {
            var parent = (place - 1) / Arity;
            if (!Before(due, item, _items[parent])) break;
            Put(place, _items[parent]);
            place = parent;
        }

        Put(place, (due, item));
    }

    private void Sink(int place, long due, T item)
    {
        while (true)
        {
            var first = (place * Arity) + 1;
            if (first >= Count) break;
            var least = first;
            var end = Math.Min(first + Arity, Count);
            for (var child = first + 1; child < end; child++)
            {
                if (Before(_items[child].Due, _items[child].Item, _items[least])) least = child;
            }

            if (!Before(_items[least].Due, _items[least].Item, (due, item))) break;
            Put(place, _items[least]);
            place = least;
        }

        Put(place, (due, item));
    }

    private void Put(int place, (long Due, T Item) entry)
    {
        _items[place] = entry;
        TOrder.Place(entry.Item) = place;
    }

    private static bool Before(long due, T item, (long Due, T Item) other) =>
        due != other.Due ? due < other.Due : TOrder.Tie(item) < TOrder.Tie(other.Item);
}
