using System.Reflection;
using System.Runtime.CompilerServices;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>
/// Which timers are armed in this process, by the identity hash that the runtime's events name them by. The runtime keeps its queues to itself;
/// a self-test at the first use says whether they are where they are expected (.NET 10).
/// </summary>
internal static class TimerQueues
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    // By literal names, so that trimming keeps them.
    private static readonly PropertyInfo? s_instances = Type.GetType("System.Threading.TimerQueue, System.Private.CoreLib")?.GetProperty("Instances", Any);
    private static readonly PropertyInfo? s_lock = Type.GetType("System.Threading.TimerQueue, System.Private.CoreLib")?.GetProperty("SharedLock", Any);
    private static readonly FieldInfo? s_short = Type.GetType("System.Threading.TimerQueue, System.Private.CoreLib")?.GetField("_shortTimers", Any);
    private static readonly FieldInfo? s_long = Type.GetType("System.Threading.TimerQueue, System.Private.CoreLib")?.GetField("_longTimers", Any);
    private static readonly FieldInfo? s_next = Type.GetType("System.Threading.TimerQueueTimer, System.Private.CoreLib")?.GetField("_next", Any);

    private static readonly Lazy<bool> s_canRead = new(Test);

    public static bool CanRead => s_canRead.Value;

    /// <summary>Null where they cannot be read.</summary>
    public static HashSet<int>? Hashes() => CanRead ? Walk() : null;

    private static HashSet<int> Walk()
    {
        var hashes = new HashSet<int>();
        foreach (object queue in (Array)s_instances!.GetValue(null)!)
        {
            // The queue's own lock, which its timers are put in and taken out under. Nothing is called in here that arms a timer.
            lock ((Lock)s_lock!.GetValue(queue)!)
            {
                Add(s_short!.GetValue(queue));
                Add(s_long!.GetValue(queue));
            }
        }
        return hashes;

        void Add(object? timer)
        {
            for (; timer is not null; timer = s_next!.GetValue(timer))
                hashes.Add(RuntimeHelpers.GetHashCode(timer));
        }
    }

    private static bool Test()
    {
        if (s_instances is null || s_lock is null || s_short is null || s_long is null || s_next is null)
            return false;
        try
        {
            using ITimer timer = TimeProvider.System.CreateTimer(static _ => { }, null, TimeSpan.FromDays(1), Timeout.InfiniteTimeSpan);
            return Walk().Count > 0;
        }
        catch (Exception exception) when (exception is TargetException or TargetInvocationException or InvalidCastException or NullReferenceException or FieldAccessException)
        {
            return false;
        }
    }
}
