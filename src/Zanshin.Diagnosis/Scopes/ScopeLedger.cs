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

    /// <summary>More timers, and more operations, are not taken.</summary>
    private const int Most = 100_000;

    // As many as there are, or for a moment a few more or less.
    private static int s_taskCount;
    private static int s_timerCount;

    public static void Began(int task, Begun begun)
    {
        if (s_taskCount < Most && s_tasks.TryAdd(task, begun))
            Interlocked.Increment(ref s_taskCount);
    }

    // Armed again, it was begun before.
    public static void Armed(int timer, Begun begun)
    {
        if (s_timerCount < Most && s_timers.TryAdd(timer, begun))
            Interlocked.Increment(ref s_timerCount);
    }

    /// <summary>A thread, or a virtual clock's timer: what can be asked whether it is alive.</summary>
    public static void Began(Begun begun) => s_others.TryAdd(begun, 0);

    /// <summary>One that was heard to begin, and not to end.</summary>
    public static Begun? Task(int id) => s_tasks.GetValueOrDefault(id);

    public static bool Knows(int timer) => s_timers.ContainsKey(timer);

    public static void Ended(int task)
    {
        if (s_tasks.TryRemove(task, out _))
            Interlocked.Decrement(ref s_taskCount);
    }

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
        RemoveAll(s_tasks, ref s_taskCount);
        RemoveAll(s_timers, ref s_timerCount);
        foreach (Begun begun in s_others.Keys.Where(which))
            s_others.TryRemove(begun, out _);

        void RemoveAll(ConcurrentDictionary<int, Begun> table, ref int count)
        {
            foreach ((int key, Begun begun) in table)
            {
                if (which(begun))
                    Remove(table, key, ref count);
            }
        }
    }

    private static void Remove(ConcurrentDictionary<int, Begun> table, int key, ref int count)
    {
        if (table.TryRemove(key, out _))
            Interlocked.Decrement(ref count);
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
                Remove(s_timers, hash, ref s_timerCount);
            else if (which(begun))
                alive.Add(begun);
        }
    }
}
