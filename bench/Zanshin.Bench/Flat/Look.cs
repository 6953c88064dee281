using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Flat;

/// <summary>This process at one moment.</summary>
/// <param name="HeapBytes">What is alive after a full, blocking collection.</param>
internal sealed record Look(int Messages, TimeSpan At, int Threads, long Timers, long HeapBytes, long ResidentBytes)
{
    public static Look Take(int messages, TimeSpan at)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GCMemoryInfo memory = GC.GetGCMemoryInfo(GCKind.FullBlocking);
#pragma warning disable RS0030 // The count of timers is what is asked for; no timer is made.
        long timers = Timer.ActiveCount;
#pragma warning restore RS0030
        return new(messages, at, OwnThreads.Count(), timers, memory.HeapSizeBytes - memory.FragmentedBytes, Environment.WorkingSet);
    }
}
