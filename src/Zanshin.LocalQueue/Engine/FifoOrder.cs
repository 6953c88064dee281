namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// FIFO queues: groups take turns, inside a group the order of sending holds, and what stands behind a message in flight is locked until that is deleted or visible again.
/// </summary>
internal sealed class FifoOrder : DeliveryOrder
{
    private readonly Dictionary<string, FifoGroup> _groups = new(StringComparer.Ordinal);
    private readonly LinkedList<FifoGroup> _free = new();
    private FifoGroup? _current; // the group that the receive under way takes from
    private long _lockedFrom; // in that group, by what was in flight before

    internal override void Enter(StoredMessage message)
    {
        var id = message.GroupId ?? "";
        if (!_groups.TryGetValue(id, out var group)) _groups.Add(id, group = new(id));
        message.Group = group;
        // One restored in flight is not waiting; it locks its group.
        if (message.State == MessageState.InFlight) InsertInOrder(ref group.Held, message);
        else InsertInOrder(ref group.Waiting, message);
        Review(group);
    }

    internal override void Show(StoredMessage message, MessageState from)
    {
        var group = (FifoGroup)message.Group!;
        // A delayed message has kept its place; one that was in flight comes back to it.
        if (from == MessageState.InFlight) Return(group, message);
        Review(group);
    }

    internal override void PutBack(StoredMessage message) => Show(message, MessageState.InFlight);

    internal override void BeginReceive(bool asksAll) => _current = null;

    internal override StoredMessage? Next(MessageGroup? current) =>
        current is not null && current == _current && current.Waiting.First is { State: MessageState.Ready } next && next.Key < _lockedFrom ? next : _free.First?.Value.Waiting.First;

    internal override void Take(StoredMessage message)
    {
        var group = (FifoGroup)message.Group!;
        // What this receive itself takes does not lock what follows.
        if (group != _current) (_current, _lockedFrom) = (group, group.LockedFrom);
        group.Waiting.Remove(message);
        InsertInOrder(ref group.Held, message);
        Review(group);
    }

    internal override void Leave(StoredMessage message, MessageState state)
    {
        if (state is MessageState.Outgoing or MessageState.Gone) return;
        var group = (FifoGroup)message.Group!;
        if (state == MessageState.InFlight) group.Held.Remove(message);
        else group.Waiting.Remove(message);
        Review(group);
    }

    private static void Return(FifoGroup group, StoredMessage message)
    {
        group.Held.Remove(message);
        // Only messages of the same receive (at most ten) can stand before it: nothing behind them was ever given.
        StoredMessage? before = null;
        for (var other = group.Waiting.First; other is not null && other.Key < message.Key; other = other.Next) before = other;
        group.Waiting.InsertAfter(before, message);
    }

    private static void InsertInOrder(ref MessageRow row, StoredMessage message)
    {
        // Keys rise, so this is the end of the row, but for a message that could not be moved away after all, or comes again before what was received with it.
        var before = row.Last;
        while (before is not null && before.Key > message.Key) before = before.Previous;
        row.InsertAfter(before, message);
    }

    private void Review(FifoGroup group)
    {
        var listed = group.Node.List is not null;
        if (group.CanBeReceived != listed)
        {
            if (listed) _free.Remove(group.Node);
            else _free.AddLast(group.Node);
        }

        if (group.IsEmpty) _groups.Remove(group.Id);
    }
}
