namespace Zanshin.Dispatching;

/// <summary>Message ids remembered for a while, the oldest forgotten first. Thread-safe.</summary>
internal sealed class RememberedIds
{
    private const int Most = 10_000;
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly Lock _lock = new(); // guards both
    private readonly HashSet<string> _ids = [];
    private readonly Queue<(string Id, TimeSpan At)> _byAge = new();

    public void Add(string id, TimeSpan now)
    {
        lock (_lock)
        {
            Forget(now);
            if (_byAge.Count >= Most)
                _ids.Remove(_byAge.Dequeue().Id);
            if (_ids.Add(id))
                _byAge.Enqueue((id, now));
        }
    }

    public bool Contains(string id, TimeSpan now)
    {
        lock (_lock)
        {
            Forget(now);
            return _ids.Count > 0 && _ids.Contains(id);
        }
    }

    private void Forget(TimeSpan now)
    {
        while (_byAge.TryPeek(out (string Id, TimeSpan At) oldest) && oldest.At + Long < now)
        {
            _byAge.Dequeue();
            _ids.Remove(oldest.Id);
        }
    }
}
