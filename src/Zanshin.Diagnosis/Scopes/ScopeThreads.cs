using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Zanshin.Diagnosis.Findings;
using Zanshin.Diagnosis.Processes;

namespace Zanshin.Diagnosis.Scopes;

/// <summary>Sees a thread that is started in a scope: the scope flows to it before its first line runs.</summary>
internal static class ScopeThreads
{
    // A new thread that has not come here after so long has no scope.
    private static readonly TimeSpan StartTime = TimeSpan.FromMilliseconds(250);

    // By the system's id: threads of which it is known whether they have a scope. Kept only once somebody has asked, and no longer than they live.
    private static readonly ConcurrentDictionary<int, byte> s_settled = [];
    private static volatile bool s_asked;

    [ThreadStatic]
    private static bool t_seen;

    /// <summary>
    /// Whether a thread has just been started that has not run yet, so that nobody knows if it is a scope's: <c>Thread.Start</c> returns before
    /// the thread's first line. Not known outside of Linux.
    /// </summary>
    public static bool AreStarting()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        s_asked = true;
        var files = new ProcFiles(Environment.ProcessId);
        double? now = null;
        HashSet<int> threads = [.. files.Threads()];
        foreach (int gone in s_settled.Keys.Where(id => !threads.Contains(id)))
            s_settled.TryRemove(gone, out _);
        foreach (int id in threads.Where(static id => !s_settled.ContainsKey(id)))
        {
            now ??= double.TryParse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture, out double uptime) ? uptime : 0;
            if (files.ReadOf(id, "stat") is not { } text || ThreadStat.Parse(text) is not { } stat)
                continue;
            // Not by its name: until it runs it has its starter's.
            if (now - (double)stat.Started / ThreadStat.TicksPerSecond < StartTime.TotalSeconds)
                return true;
            s_settled.TryAdd(id, 0);
        }
        return false;
    }

    public static void OnChange(AsyncLocalValueChangedArgs<LeakScope?> change)
    {
        if (t_seen || !change.ThreadContextChanged || change.CurrentValue is not { } scope)
            return;
        t_seen = true;
        int id = Id();
        if (!Thread.CurrentThread.IsThreadPoolThread && HasJustStarted())
            Began(scope, id);
        if (s_asked)
            s_settled.TryAdd(id, 0);
    }

    private static void Began(LeakScope scope, int id)
    {
        string name = Thread.CurrentThread.Name is { Length: > 0 } given ? $"named {given}" : "";
        ScopeLedger.Began(new Begun(BeginKind.Thread, name, scope, stack: null) { Thread = Thread.CurrentThread, ThreadId = id });
    }

    // Only then there is nothing below but the runtime. A thread that was there before, and is given work of the scope, has its own loop below.
    private static bool HasJustStarted()
    {
        foreach (StackFrame frame in new StackTrace(fNeedFileInfo: false).GetFrames())
        {
            string? type = DiagnosticMethodInfo.Create(frame)?.DeclaringTypeName;
            if (type is not null && !type.StartsWith("System.Threading.", StringComparison.Ordinal) && !type.StartsWith("Zanshin.Diagnosis.", StringComparison.Ordinal))
                return false;
        }
        return true;
    }

    // The link reads PID/task/TID.
    private static int Id()
    {
        try
        {
            return OperatingSystem.IsLinux() && File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false) is { } self
                && int.TryParse(self.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
