namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// Which message a queue gives next. Keeps only the order: states, counts and deadlines are the queue's. Every step is O(log n) in groups, never in messages.
/// The caller has set the message's state before each call. Guarded by the queue's lock.
/// </summary>
internal abstract class DeliveryOrder
{
    /// <summary>The instant of the call under way, in UTC ticks.</summary>
    internal virtual long Now { get; set; }

    /// <summary>A message enters, ready or delayed.</summary>
    internal abstract void Enter(StoredMessage message);

    /// <summary>It was delayed or in flight, as <paramref name="from"/> says, until its <c>VisibleAt</c>: it is ready.</summary>
    internal abstract void Show(StoredMessage message, MessageState from);

    /// <summary>A receive whose answer nobody took is undone: it is ready, and first again.</summary>
    internal abstract void PutBack(StoredMessage message);

    /// <summary>True if a receive that has just come is to be told that there is nothing, although there is.</summary>
    internal virtual bool FindsNothing() => false;

    /// <summary>A receive begins to take messages: until it ends, <see cref="Next"/> may see a part of them only. One that asks all sees at least one if there is one.</summary>
    internal virtual void BeginReceive(bool asksAll)
    {
    }

    internal virtual void EndReceive()
    {
    }

    /// <summary>The message to give next, or null. <paramref name="current"/> is the group the running receive last took from.</summary>
    internal abstract StoredMessage? Next(MessageGroup? current);

    /// <summary>A ready message goes in flight.</summary>
    internal abstract void Take(StoredMessage message);

    /// <summary>A message leaves from <paramref name="state"/>.</summary>
    internal abstract void Leave(StoredMessage message, MessageState state);
}
