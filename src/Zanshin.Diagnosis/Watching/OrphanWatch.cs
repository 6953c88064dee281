using Zanshin.Diagnosis.Findings;
using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Diagnosis.Watching;

/// <summary>
/// What is alive though its message has ended, by start site. Threads are seen at every look; timers and async work while the listener is on: in
/// windows, and as long as there is a suspect. A site is suspected once three messages have left something, and found when two windows of looks in a
/// row say that it grows with the messages. The watch's loop owns it.
/// </summary>
internal sealed class OrphanWatch : IDisposable
{
    private const int LeastMessages = 3;

    /// <summary>In fewer a listening window goes on, so that a slow handler's are seen too.</summary>
    private const int MessagesInWindow = 30;

    private const int LongestWindow = 30; // times as long as it should be

    private static readonly TimeSpan DismissedFor = TimeSpan.FromMinutes(10);

    // Start sites of async work cost most: they are heard for so many looks, and then it is seen whether that was enough.
    private const int LooksForStacks = 2;
    private const int LooksBetween = 5; // and the linger

    private readonly LeakWatchOptions _options;
    private readonly LeakScope? _root;
    private readonly KnownStarters _known;
    private readonly Listening _listening;
    private readonly List<Suspect> _suspects = [];
    private readonly Dictionary<string, long> _dismissed = []; // until which look
    private readonly Dictionary<string, Start> _threadStarts = []; // by the key of threads whose starts were not seen
    private long _look;
    private long _listenAt;
    private long _openedAt;
    private long _messagesAtOpen;
    private long _stacksUntil; // the look at which they have been heard enough
    private long _stacksAgainAt; // the look from which on they are heard again
    private bool _isNaming; // some async work is left behind, and not yet known where it was begun

    public OrphanWatch(LeakWatchOptions options, LeakScope? root)
    {
        (_options, _root) = (options, root);
        _known = new KnownStarters([.. options.IgnoreStartedBy]);
        _listening = new Listening(IsWithin);
    }

    /// <summary>What is alive of each kind, as far as it was heard.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; private set; } = new Dictionary<string, int>();

    /// <summary>Something is suspected, or is about to be: it may explain what else grows.</summary>
    public bool MayFind => _suspects.Count > 0 || _isNaming;

    /// <summary>Threads are among the suspects, and have grown for a window.</summary>
    public bool ThreadsMayGrow => _suspects.Exists(static s => s.Left.Start.Kind == BeginKind.Thread && s.Growth.MayGrow);

    /// <summary>All that is left behind by a site, for those that are known.</summary>
    public List<LeftBehind> Left { get; private set; } = [];

    /// <summary>Something else grows: the next window begins now.</summary>
    public void ListenNow() => _listenAt = Math.Min(_listenAt, _look);

    /// <summary>Threads of that name, whose starts were not seen, are begun there.</summary>
    public void StartAt(Start unknown, Start start) => _threadStarts[unknown.Key] = start;

    /// <summary>Those that have been found to grow at this look.</summary>
    /// <param name="isFound">By its fingerprint, found before.</param>
    public List<Suspect> Look(long messages, Func<string, bool> isFound)
    {
        _look++;
        if (!_listening.IsOpen && _look >= _listenAt)
            Open(messages);
        List<LeftBehind> all = LeftBehind.Group(Alive(_options.Linger));
        Left = all.FindAll(IsTelling);
        _isNaming = all.Exists(static l => l.Start is { Kind: BeginKind.Async or BeginKind.Task, Frames.Count: 0 } && IsMany(l));
        ListenForStacks();
        Counts = Left.GroupBy(static l => l.Start.Kind.ToString().ToLowerInvariant()).ToDictionary(static g => g.Key, static g => g.Sum(static l => l.Alive.Count));
        foreach (LeftBehind left in Left.Where(l => !isFound(l.Start.Fingerprint) && IsMany(l)))
            Suspect(left);
        List<Suspect> found = [];
        foreach (Suspect suspect in _suspects.ToArray())
        {
            if (!suspect.Look(messages, Left.Find(l => l.Start.Fingerprint == suspect.Fingerprint)))
                continue;
            if (suspect.Growth.Grows)
                found.Add(suspect);
            else if (!suspect.Growth.MayGrow)
                _dismissed[suspect.Fingerprint] = _look + (long)(DismissedFor / _options.Every);
            else
                continue;
            _suspects.Remove(suspect);
        }
        if (_listening.IsOpen && _suspects.Count == 0 && IsOver(messages))
        {
            _listening.Close();
            _isNaming = false;
        }
        return found;
    }

    /// <summary>Threads and timers that are alive now; async work too, if it is being heard.</summary>
    public List<LeftBehind> LeftRunning() => LeftBehind.Group(Alive(TimeSpan.Zero)).FindAll(IsTelling);

    public void Dispose() => _listening.Dispose();

    private void Open(long messages)
    {
        (_openedAt, _messagesAtOpen) = (_look, messages);
        _listenAt = _look + Math.Max(1, (long)(_options.ListenEvery / _options.Every));
        _listening.Open();
        (_stacksUntil, _stacksAgainAt) = (0, 0);
    }

    // Some async work is left behind of which it is not known where it was begun: that of the next messages tells.
    private void ListenForStacks()
    {
        if (!_listening.IsOpen)
            return;
        if (_isNaming && _look >= _stacksAgainAt)
        {
            _listening.HearTasks();
            _stacksUntil = _look + LooksForStacks;
            _stacksAgainAt = _stacksUntil + LooksBetween + (long)(_options.Linger / _options.Every);
        }
        else if (_look >= _stacksUntil)
        {
            _listening.HearNoTasks();
        }
    }

    private bool IsOver(long messages)
    {
        double looks = Math.Max(1, (_options.ListenFor + _options.Linger) / _options.Every);
        long taken = _look - _openedAt;
        return taken >= LongestWindow * looks || (taken >= looks && messages - _messagesAtOpen >= MessagesInWindow && !_isNaming);
    }

    private void Suspect(LeftBehind left)
    {
        string fingerprint = left.Start.Fingerprint;
        if (_suspects.Exists(s => s.Fingerprint == fingerprint) || (_dismissed.TryGetValue(fingerprint, out long until) && _look < until))
            return;
        _suspects.Add(new Suspect(left));
        // What it goes with shows while it is listened.
        ListenNow();
    }

    private List<Begun> Alive(TimeSpan linger)
    {
        List<Begun> alive = _listening.Alive(b => b.Scope.EndedFor(linger));
        foreach (Begun thread in alive.Where(static b => b.Kind == BeginKind.Thread))
        {
            if (_threadStarts.TryGetValue(thread.Start.Key, out Start? start))
                thread.StartedAs(start);
        }
        // A long-running task's thread is the task's, which tells more, once it is known where that was begun.
        ILookup<LeakScope, Begun> tasks = alive.Where(static b => b.Kind == BeginKind.Task).ToLookup(static b => b.Scope);
        alive.RemoveAll(thread => thread is { Kind: BeginKind.Thread, Operation: Begun.LongRunningTask } && IsOf(thread, tasks[thread.Scope]));
        foreach (Begun begun in alive.Where(static b => b is { HasStack: false, Kind: not BeginKind.Thread } && b.Start.Frames.Count == 0))
            StackBudget.Want(begun.Operation);
        return alive;
    }

    private bool IsOf(Begun thread, IEnumerable<Begun> tasks)
    {
        if (tasks.FirstOrDefault(static t => t.Start.Frames.Count > 0) is not { } task)
            return false;
        // Later it may be alive, and its task no longer known to be.
        if (thread.Start.Kind == BeginKind.Thread)
        {
            _threadStarts.TryAdd(thread.Start.Key, task.Start);
            thread.StartedAs(task.Start);
        }
        return true;
    }

    // One of which nothing is known is no help to anybody; of a thread its name is.
    private bool IsTelling(LeftBehind left) =>
        (left.Start.Frames.Count > 0 || left.Start.Kind == BeginKind.Thread) && !_known.Has(left.Start);

    private bool IsWithin(Begun begun) => _root is null || (begun.Scope != _root && begun.Scope.IsWithin(_root));

    private static bool IsMany(LeftBehind left) => left.Alive.Select(static b => b.Scope).Distinct().Take(LeastMessages).Count() == LeastMessages;
}
