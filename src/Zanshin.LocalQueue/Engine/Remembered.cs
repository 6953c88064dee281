using System.Diagnostics.CodeAnalysis;

namespace Zanshin.LocalQueue.Engine;

/// <summary>
/// Entries remembered for a fixed time. As all live equally long, the oldest is always first to go: no scan, no heap.
/// Guarded by the queue's lock.
/// </summary>
internal sealed class Remembered<T>(Func<T, string> id, Func<T, long> until)
    where T : class
{
    private readonly Dictionary<string, T> _byId = new(StringComparer.Ordinal);
    private readonly Queue<T> _oldestFirst = new();

    internal bool TryGet(string key, [NotNullWhen(true)] out T? entry) => _byId.TryGetValue(key, out entry);

    /// <summary>Remembers <paramref name="entry"/> in place of an earlier one with its id.</summary>
    internal void Add(T entry)
    {
        _byId[id(entry)] = entry;
        _oldestFirst.Enqueue(entry);
    }

    internal void Remove(string key) => _byId.Remove(key);

    internal void Clear()
    {
        _byId.Clear();
        _oldestFirst.Clear();
    }

    internal void Forget(long now)
    {
        while (_oldestFirst.TryPeek(out var oldest) && until(oldest) <= now)
        {
            _oldestFirst.Dequeue();
            // A later entry may have taken its id.
            if (_byId.TryGetValue(id(oldest), out var current) && ReferenceEquals(current, oldest)) _byId.Remove(id(oldest));
        }
    }
}
