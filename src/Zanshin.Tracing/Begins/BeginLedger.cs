using Zanshin.Diagnosis.Findings;

namespace Zanshin.Tracing.Begins;

/// <summary>
/// What was begun and is still alive, matched with its end as far as events tell. One lock: events come on the session's task, looks
/// at threads and timers on the tracer's. Times are milliseconds since the session began.
/// </summary>
internal sealed class BeginLedger(int processId, bool keepChanges)
{
    /// <summary>Changes that nobody has taken are dropped beyond this.</summary>
    private const int MostChanges = 20_000;

    // A timer's event may come a little before the timer is in its queue.
    private const double TimerSettles = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<(BeginKind, string, ulong[]), StartSite> _sites = new(new StackComparer());
    private readonly Dictionary<(BeginKind Kind, long Key), Begin> _alive = [];
    private readonly Dictionary<Guid, Mark> _open = [];
    private readonly Tenths _messages = new();
    private readonly Dictionary<BeginKind, int> _begun = [];
    private List<Change> _changes = [];
    private bool _marked;

    public int Timers
    {
        get
        {
            lock (_lock)
                return _alive.Keys.Count(static k => k.Kind == BeginKind.Timer);
        }
    }

    public void MessageBegan(Guid activity, string? id, double at)
    {
        lock (_lock)
        {
            _marked = true;
            _messages.Add(at);
            _open[activity] = new Mark(id, at);
        }
    }

    public void MessageEnded(Guid activity, double at)
    {
        lock (_lock)
        {
            if (_open.Remove(activity, out Mark? mark))
                mark.End = at;
        }
    }

    public void Began(BeginKind kind, long key, string what, ulong[] stack, Guid activity, double at, string? times = null)
    {
        lock (_lock)
        {
            // A timer that is armed again tells the same; it was begun before.
            if (kind == BeginKind.Timer && _alive.ContainsKey((kind, key)))
                return;
            if (!_sites.TryGetValue((kind, what, stack), out StartSite? site))
                _sites[(kind, what, stack)] = site = new StartSite(kind, what, stack);
            site.Begun.Add(at);
            _begun[kind] = _begun.GetValueOrDefault(kind) + 1;
            var begin = new Begin(site, key, at, activity == Guid.Empty ? null : _open.GetValueOrDefault(activity)) { Times = times };
            // The runtime uses a thread's address again after the thread has ended.
            if (_alive.Remove((kind, key), out Begin? earlier))
                Note(new Change(earlier, at, Ended: true));
            _alive[(kind, key)] = begin;
            if (kind != BeginKind.Thread)
                Note(new Change(begin, at, Ended: false));
        }
    }

    /// <summary>A thread runs: now it has an id by which its end can be seen.</summary>
    public void Runs(long key, int threadId, double at)
    {
        ulong? start = TaskTable.StartTime(processId, threadId);
        lock (_lock)
        {
            if (!_alive.TryGetValue((BeginKind.Thread, key), out Begin? begin) || begin.ThreadId is not null)
                return;
            begin.ThreadId = threadId;
            begin.ThreadStart = start ?? 0;
            Note(new Change(begin, begin.At, Ended: false));
            if (start is null && TaskTable.IsHere)
                End(begin, at);
        }
    }

    public void Ended(BeginKind kind, long key, double at)
    {
        lock (_lock)
        {
            if (_alive.TryGetValue((kind, key), out Begin? begin))
                End(begin, at);
        }
    }

    /// <summary>Threads that are not among those there now have ended. Start times are compared only when it counts: they are a file each.</summary>
    public void Look(HashSet<int> threads, double at, bool compareStarts)
    {
        lock (_lock)
        {
            foreach (Begin begin in _alive.Values.Where(static b => b.Site.Kind == BeginKind.Thread && b.ThreadId is not null).ToList())
            {
                if (!threads.Contains(begin.ThreadId!.Value) || (compareStarts && TaskTable.StartTime(processId, begin.ThreadId.Value) != begin.ThreadStart))
                    End(begin, at);
            }
        }
    }

    /// <summary>Timers begun well before the look, and not among those it found, have ended.</summary>
    public void Look(IReadOnlySet<int> timers, double before, double at)
    {
        lock (_lock)
        {
            foreach (Begin begin in _alive.Values.Where(b => b.Site.Kind == BeginKind.Timer && b.At < before - TimerSettles).ToList())
            {
                if (!timers.Contains((int)begin.Key))
                    End(begin, at);
            }
        }
    }

    public List<Change> TakeChanges()
    {
        lock (_lock)
        {
            List<Change> taken = _changes;
            _changes = [];
            return taken;
        }
    }

    public BeginPicture Picture()
    {
        lock (_lock)
        {
            // A thread that never came to run has no id, and is not alive.
            Begin[] alive = [.. _alive.Values.Where(static b => b.Site.Kind != BeginKind.Thread || b.ThreadId is not null)];
            return new BeginPicture([.. _sites.Values], alive, _marked ? _messages : null, new(_begun));
        }
    }

    private void End(Begin begin, double at)
    {
        _alive.Remove((begin.Site.Kind, begin.Key));
        Note(new Change(begin, at, Ended: true));
    }

    private void Note(Change change)
    {
        if (keepChanges && _changes.Count < MostChanges)
            _changes.Add(change);
    }
}
