namespace Zanshin.LocalQueue.Engine;

/// <summary>How an <see cref="IndexedHeap{T, TOrder}"/> orders its items, and where each item remembers its place.</summary>
internal interface IHeapOrder<T>
{
    /// <summary>The instant an item is ordered by. Constant while the item is in the heap, but for <c>Update</c>.</summary>
    static abstract long Due(T item);

    /// <summary>Breaks ties, so that equal instants come out in one order on every run.</summary>
    static abstract long Tie(T item);

    /// <summary>The item's place in the heap, -1 when it is not in it.</summary>
    static abstract ref int Place(T item);
}
