using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>
/// Drops entries that a later one of the same batch makes pointless: a lease followed by a delete, a message sent and deleted within
/// one commit. What remains has the same effect.
/// </summary>
internal sealed class Coalescing
{
    private readonly HashSet<long> _deleted = [];
    private readonly HashSet<long> _leased = [];

    internal void Apply(List<JournalEntry> entries)
    {
        if (entries.Count < 2) return;
        _deleted.Clear();
        _leased.Clear();
        // From the end, so that what comes later is known; what is kept is moved to the end, and the front is cut off.
        var kept = entries.Count;
        for (var i = entries.Count - 1; i >= 0; i--)
        {
            var entry = entries[i];
            if (!Matters(in entry)) continue;
            entries[--kept] = entry;
        }

        entries.RemoveRange(0, kept);
    }

    private bool Matters(in JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case JournalKind.Delete:
                _deleted.Add(entry.Key);
                return true;
            case JournalKind.Lease:
                return !_deleted.Contains(entry.Key) && _leased.Add(entry.Key);
            case JournalKind.Put when entry.Key == 0:
                return !_deleted.Contains(entry.Message!.Key);
            case JournalKind.Put:
                // Moved here: whatever becomes of it, it has left the other queue.
                _deleted.Add(entry.Key);
                return true;
            default:
                return true;
        }
    }
}
