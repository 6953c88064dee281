namespace Zanshin.LocalQueue.Engine;

/// <summary>A doubly linked row of messages through their own links: adding at either end, beside another and removing are O(1).</summary>
internal struct MessageRow
{
    internal StoredMessage? First { get; private set; }

    internal StoredMessage? Last { get; private set; }

    internal void AddLast(StoredMessage message) => InsertAfter(Last, message);

    internal void AddFirst(StoredMessage message) => InsertAfter(null, message);

    /// <summary>Puts <paramref name="message"/> behind <paramref name="before"/>, or first when that is null.</summary>
    internal void InsertAfter(StoredMessage? before, StoredMessage message)
    {
        var after = before is null ? First : before.Next;
        message.Previous = before;
        message.Next = after;
        if (before is null) First = message;
        else before.Next = message;
        if (after is null) Last = message;
        else after.Previous = message;
    }

    internal void Remove(StoredMessage message)
    {
        if (message.Previous is null) First = message.Next;
        else message.Previous.Next = message.Next;
        if (message.Next is null) Last = message.Previous;
        else message.Next.Previous = message.Previous;
        message.Previous = message.Next = null;
    }
}
