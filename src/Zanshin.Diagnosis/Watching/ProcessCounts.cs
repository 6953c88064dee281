using Zanshin.Diagnosis.Processes;

namespace Zanshin.Diagnosis.Watching;

/// <summary>What this process has, cheap enough for every look.</summary>
internal static class ProcessCounts
{
    /// <summary>All threads, the runtime's own too. Some 30 µs on Linux.</summary>
    public static int Threads()
    {
        if (OperatingSystem.IsLinux() && new ProcFiles(Environment.ProcessId).Read("stat") is { } text && ThreadStat.Parse(text) is { Threads: > 0 } stat)
            return stat.Threads;
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.Threads.Count;
    }

#pragma warning disable RS0030 // Counts them, makes none.
    public static long Timers() => Timer.ActiveCount;
#pragma warning restore RS0030

    /// <summary>Open descriptors; null outside of Linux. Some 500 µs.</summary>
    public static int? Files() => OperatingSystem.IsLinux() ? new ProcFiles(Environment.ProcessId).Names("fd").Count : null;

    /// <summary>What the last full collection left, and which it was.</summary>
    public static (long Collection, long Bytes) HeapAfterFullCollection()
    {
        GCMemoryInfo blocking = GC.GetGCMemoryInfo(GCKind.FullBlocking), background = GC.GetGCMemoryInfo(GCKind.Background);
        GCMemoryInfo last = blocking.Index > background.Index ? blocking : background;
        return (last.Index, last.HeapSizeBytes - last.FragmentedBytes);
    }
}
