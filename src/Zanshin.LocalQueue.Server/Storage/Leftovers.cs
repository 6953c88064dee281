using Zanshin.LocalQueue.Engine;

namespace Zanshin.LocalQueue.Server.Storage;

/// <summary>Rows of messages that are nobody's any more, waiting to be deleted. Used by one thread.</summary>
internal sealed class Leftovers
{
    private const int MostRows = 500;
    private const long MostBytes = 1_048_576;

    private readonly Queue<IEnumerator<(long Key, long Bytes)>> _all = new();

    internal bool Any => _all.Count > 0;

    internal void Add(IReadOnlyCollection<StoredMessage> messages)
    {
        if (messages.Count > 0) Add(messages.Select(static m => (m.Key, (long)m.Body.Length)));
    }

    internal void Add(IEnumerable<(long Key, long Bytes)> rows) => _all.Enqueue(rows.GetEnumerator());

    /// <summary>The keys of the next few.</summary>
    internal List<long> Take()
    {
        var keys = new List<long>();
        for (var bytes = 0L; keys.Count < MostRows && bytes < MostBytes && _all.TryPeek(out var rows);)
        {
            if (!rows.MoveNext())
            {
                _all.Dequeue().Dispose();
                continue;
            }

            keys.Add(rows.Current.Key);
            bytes += rows.Current.Bytes;
        }

        return keys;
    }
}
