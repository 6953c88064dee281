using System.Collections.Concurrent;
using Zanshin.Diagnosis.Findings;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>
/// What was begun in scopes and has not been seen to end: one for the process, because events do not say whose they are when something ends.
/// Thread-safe: each table is its own owner.
/// </summary>
internal static class ScopeLedger
{
    // By task id, by the timer's identity hash.
    private static readonly ConcurrentDictionary<int, Begun> s_tasks = [];
    private static readonly ConcurrentDictionary<int, Begun> s_timers = [];
    private static readonly ConcurrentDictionary<Begun, byte> s_others = [];

    public static void Began(int task, Begun begun) => s_tasks[task] = begun;

    // Armed again, it was begun before.
    public static void Armed(int timer, Begun begun) => s_timers.TryAdd(timer, begun);

    /// <summary>A thread, or a virtual clock's timer: what can be asked whether it is alive.</summary>
    public static void Began(Begun begun) => s_others.TryAdd(begun, 0);

    public static bool Knows(int timer) => s_timers.ContainsKey(timer);

    public static void Ended(int task) => s_tasks.TryRemove(task, out _);

    public static void Ended(Begun begun) => s_others.TryRemove(begun, out _);

    /// <summary>What is alive now of those that the caller asks for. What has ended is forgotten here.</summary>
    public static List<Begun> Alive(Func<Begun, bool> which)
    {
        List<Begun> alive = [];
        foreach (Begun begun in s_others.Keys)
        {
            if (!(begun.Thread?.IsAlive ?? begun.IsArmed!()))
                s_others.TryRemove(begun, out _);
            else if (which(begun))
                alive.Add(begun);
        }
        if (!s_timers.IsEmpty)
            AddTimers(alive, which);
        foreach ((_, Begun begun) in s_tasks)
        {
            if (which(begun))
                alive.Add(begun);
        }
        return alive;
    }

    /// <summary>Of threads only, which costs a microsecond or two.</summary>
    public static int Threads(Func<Begun, bool> which)
    {
        int alive = 0;
        foreach (Begun begun in s_others.Keys)
        {
            if (begun.Thread is not { } thread)
                continue;
            if (!thread.IsAlive)
                s_others.TryRemove(begun, out _);
            else if (which(begun))
                alive++;
        }
        return alive;
    }

    /// <summary>Nobody will ask for these any more.</summary>
    public static void Forget(Func<Begun, bool> which)
    {
        Remove(s_tasks);
        Remove(s_timers);
        foreach (Begun begun in s_others.Keys.Where(which))
            s_others.TryRemove(begun, out _);

        void Remove(ConcurrentDictionary<int, Begun> table)
        {
            foreach ((int key, Begun begun) in table)
            {
                if (which(begun))
                    table.TryRemove(key, out _);
            }
        }
    }

    private static void AddTimers(List<Begun> alive, Func<Begun, bool> which)
    {
        // Taken before the walk: one that is begun meanwhile is not missed in the queues, and so not forgotten.
        KeyValuePair<int, Begun>[] known = s_timers.ToArray();
        if (TimerQueues.Hashes() is not { } live)
            return;
        foreach ((int hash, Begun begun) in known)
        {
            if (!live.Contains(hash))
                s_timers.TryRemove(hash, out _);
            else if (which(begun))
                alive.Add(begun);
        }
    }
}
