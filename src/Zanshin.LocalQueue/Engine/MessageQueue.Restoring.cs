namespace Zanshin.LocalQueue.Engine;

internal sealed partial class MessageQueue
{
    /// <summary>
    /// Puts stored messages and memories back, as they stood. A message whose deadline has passed meanwhile is ready; the others keep
    /// theirs. Nothing is told to the journal. Before the first call only.
    /// </summary>
    internal void Restore(List<StoredMessage> messages, IEnumerable<SentEntry> sent, IEnumerable<AttemptEntry> attempts)
    {
        lock (_lock)
        {
            var now = Engine.Now;
            // A standard queue's order is that of becoming visible; a FIFO queue's that of sending.
            if (Fifo) messages.Sort(static (a, b) => a.Key.CompareTo(b.Key));
            else messages.Sort(static (a, b) => a.VisibleAt != b.VisibleAt ? a.VisibleAt.CompareTo(b.VisibleAt) : a.Key.CompareTo(b.Key));
            foreach (var message in messages)
            {
                message.State = message.VisibleAt <= now ? MessageState.Ready : message.ReceiveNumber != 0 ? MessageState.InFlight : MessageState.Delayed;
                Add(message);
            }

            foreach (var entry in sent.OrderBy(e => e.Until)) _sent.Add(entry);
            foreach (var entry in attempts.OrderBy(e => e.Until)) _attempts.Add(entry);
        }
    }
}
