using Zanshin.Diagnosis.Findings;
using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Diagnosis.Watching;

/// <summary>
/// What is heard in a window: timers by their events, async work from the runtime's own list, which costs little. Where its start sites are wanted, and where
/// there is no such list, its events too. The watch's loop owns it.
/// </summary>
internal sealed class Listening(Func<Begun, bool> isOurs) : IDisposable
{
    private readonly Dictionary<int, Begun?> _known = []; // by task id; null: nobody's
    private IDisposable? _timers;
    private IDisposable? _list;
    private IDisposable? _tasks;

    public bool IsOpen => _timers is not null;

    public void Open()
    {
        _timers ??= TimerEvents.Listening.Open();
        if (ActiveTasks.CanRead)
            _list ??= ActiveTasks.Listing.Open();
        else
            HearTasks();
    }

    public void HearTasks() => _tasks ??= TaskEvents.Listening.Open();

    /// <summary>What was heard and is alive stays known.</summary>
    public void HearNoTasks()
    {
        if (_list is null || _tasks is null)
            return;
        _tasks.Dispose();
        _tasks = null;
        ScopeLedger.Forget(IsOurTask);
    }

    /// <summary>All that is alive and asked for, as far as it is heard; threads always.</summary>
    public List<Begun> Alive(Func<Begun, bool> which)
    {
        if (_list is null)
            return ScopeLedger.Alive(b => isOurs(b) && which(b));
        List<Begun> alive = ScopeLedger.Alive(b => !IsTask(b) && isOurs(b) && which(b));
        KeyValuePair<int, Task>[] active = ActiveTasks.All();
        foreach ((int id, Task task) in active)
        {
            if (!_known.TryGetValue(id, out Begun? begun))
                _known[id] = begun = ScopeLedger.Task(id) ?? ActiveTasks.Describe(task);
            if (begun is not null && isOurs(begun) && which(begun))
                alive.Add(begun);
        }
        if (_known.Count > 2 * active.Length)
            Forget(active);
        return alive;
    }

    public void Close()
    {
        _timers?.Dispose();
        _list?.Dispose();
        _tasks?.Dispose();
        (_timers, _list, _tasks) = (null, null, null);
        _known.Clear();
        ScopeLedger.Forget(IsOurTask);
    }

    public void Dispose() => Close();

    private void Forget(KeyValuePair<int, Task>[] active)
    {
        HashSet<int> ids = [.. active.Select(static t => t.Key)];
        foreach (int ended in _known.Keys.Where(id => !ids.Contains(id)).ToArray())
            _known.Remove(ended);
    }

    private bool IsOurTask(Begun begun) => IsTask(begun) && isOurs(begun);

    // A worker that was not stopped goes as a task too, and can be asked.
    private static bool IsTask(Begun begun) => begun.Kind is BeginKind.Async or BeginKind.Task && begun.IsArmed is null;
}
