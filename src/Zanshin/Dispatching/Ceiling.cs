using Zanshin.Timing;

namespace Zanshin.Dispatching;

/// <summary>
/// The slots of all groups together, and the one lock of their dispatchers. While there is a limit over all, groups take turns for the
/// slots below it. All but <see cref="Lock"/> is guarded by that lock.
/// </summary>
internal sealed class Ceiling
{
    private readonly List<Dispatcher> _groups = [];
    private int _turn;

    public Lock Lock { get; } = new();

    /// <summary>How many runs there may be over all groups; null for as many as they have slots.</summary>
    public int? Most { get; set; }

    /// <summary>Whether the thread pool is in time for more runs.</summary>
    public PoolPace Pool { get; } = new();

    /// <summary>The threads that its handlers may block; null where none are added for them.</summary>
    public PoolFloor? Floor { get; set; }

    /// <summary>How often runs may begin, of all groups.</summary>
    public TokenBucket Rate { get; } = new(null);

    /// <summary>Limiters of the application's for all groups.</summary>
    public LimiterThrottle[] Limiters { get; set; } = [];

    public int Runs { get; private set; }

    /// <summary>Slots that stay free for queues whose limiters are being asked.</summary>
    public int Kept { get; private set; }

    public int Free => Most is { } most ? Math.Max(0, most - Runs - Kept) : int.MaxValue;

    // Whether a slot or a permit that one group takes is one less for the others.
    private bool IsShared => _groups.Count > 1 && (Most is not null || Rate.PerSecond is not null || Limiters.Length > 0);

    public void Add(Dispatcher group) => _groups.Add(group);

    public void BeginRun() => Runs++;

    public void EndRun() => Runs--;

    public void Keep() => Kept++;

    public void KeepNot() => Kept--;

    /// <summary>Starts what can be started: of one group, or where all share a limit one of each group in turn.</summary>
    public void Start(Dispatcher group, TimeSpan now)
    {
        if (!IsShared)
        {
            while (group.StartOne(now))
            {
            }
            return;
        }
        for (int without = 0; without < _groups.Count && Free > 0;)
        {
            Dispatcher next = _groups[_turn];
            bool starts = next.StartOne(now);
            // It keeps its turn, or another would take the slot each time.
            if (!starts && next.WaitsForAnswer)
                return;
            _turn = (_turn + 1) % _groups.Count;
            without = starts ? 0 : without + 1;
        }
    }

    /// <summary>Tells receives that found no room, and may find it now.</summary>
    public void CallForMessages(Dispatcher group)
    {
        if (!IsShared)
        {
            group.CallOwn();
            return;
        }
        for (int i = 0; i < _groups.Count; i++)
            _groups[(_turn + i) % _groups.Count].CallOwn();
    }

    /// <summary>Runs were held back, and may begin now.</summary>
    public void Go(TimeSpan now)
    {
        foreach (Dispatcher group in _groups)
        {
            Start(group, now);
            group.CallOwn();
        }
    }

    public void RaiseFloor() => Floor?.Add(Math.Min(Most ?? int.MaxValue, _groups.Sum(static g => g.SlotsOnPool)));

    /// <summary>The worker has stopped.</summary>
    public void DropFloor()
    {
        Floor?.Add(0);
        Floor = null;
    }

    /// <summary>A limit has changed.</summary>
    public void Changed(TimeSpan now)
    {
        RaiseFloor();
        foreach (Dispatcher group in _groups)
        {
            group.ForgetRefusals();
            Start(group, now);
            group.CallOwn();
        }
    }
}
