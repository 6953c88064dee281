using Microsoft.Diagnostics.Runtime;
using Zanshin.Tracing;

namespace Zanshin.Cli.Trace;

/// <summary>
/// Reads which timers are alive in another process from its memory, while it runs: nothing is stopped, so a walk may be torn by a timer that
/// is just taken out. Two walks are made and their finds put together; a broken one is made again.
/// </summary>
internal static class LiveTimers
{
    private const int Walks = 2;
    private const int Tries = 8;

    /// <exception cref="TraceException">The memory cannot be read.</exception>
    public static IReadOnlySet<int> Read(int processId)
    {
        try
        {
            using DataTarget target = DataTarget.AttachToProcess(processId, suspend: false);
            ClrInfo info = target.ClrVersions is [var first, ..] ? first : throw new TraceException($"no .NET runtime was found in process {processId}.");
            using ClrRuntime runtime = Create(info, target);
            var found = new HashSet<int>();
            int walks = 0;
            for (int tried = 0; tried < Tries && walks < Walks; tried++)
            {
                if (TimerWalk.Add(target, runtime, found))
                    walks++;
                runtime.FlushCachedData();
            }
            return walks > 0 ? found : throw new TraceException($"the timers of process {processId} changed faster than they could be read.");
        }
        catch (Exception exception) when (exception is ClrDiagnosticsException or IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or InvalidDataException)
        {
            throw new TraceException(
                $"the memory of process {processId} cannot be read ({exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}): run this as the same user, in a container with --cap-add SYS_PTRACE, and with kernel.yama.ptrace_scope=0 or as root.",
                exception);
        }
    }

    // ClrMD does not look beside libcoreclr.so by itself on Linux.
    private static ClrRuntime Create(ClrInfo info, DataTarget target)
    {
        string? coreclr = target.DataReader.EnumerateModules().Select(static m => m.FileName).FirstOrDefault(static f => Path.GetFileName(f) == "libcoreclr.so");
        string? dac = coreclr is null ? null : Path.Combine(Path.GetDirectoryName(coreclr)!, "libmscordaccore.so");
        return dac is not null && File.Exists(dac) ? info.CreateRuntime(dac, ignoreMismatch: true) : info.CreateRuntime();
    }
}
