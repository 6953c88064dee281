using System.Globalization;
using Microsoft.Diagnostics.Runtime;
using Zanshin.Tracing;

namespace Zanshin.Cli.Trace;

/// <summary>
/// Reads which timers are alive in another process from its memory, while it runs: nothing is stopped, so a walk may be torn by a timer that
/// is just taken out or moved. Two walks are made and their finds put together; a broken one is made again.
/// </summary>
internal static class LiveTimers
{
    private const int Walks = 2;
    private const int Tries = 6;

    /// <exception cref="TraceException">The memory cannot be read.</exception>
    public static Task<IReadOnlySet<int>> ReadAsync(int processId) => Task.FromResult<IReadOnlySet<int>>(Read(processId));

    private static HashSet<int> Read(int processId)
    {
        var found = new HashSet<int>();
        int walks = 0;
        Exception? torn = null;
        for (int tried = 0; tried < Tries && walks < Walks; tried++)
        {
            try
            {
                // A new look each time: what the last one has read of the runtime's own structures may be torn too.
                Walk(processId, found);
                walks++;
            }
            catch (Exception exception) when (exception is ClrDiagnosticsException or IOException or UnauthorizedAccessException or ArgumentException
                or InvalidOperationException or InvalidDataException or NullReferenceException)
            {
                torn = exception;
            }
        }
        return walks == Walks ? found : throw Explain(processId, torn!);
    }

    private static void Walk(int processId, HashSet<int> found)
    {
        using DataTarget target = DataTarget.AttachToProcess(processId, suspend: false);
        ClrInfo info = target.ClrVersions is [var first, ..] ? first : throw new InvalidOperationException("no .NET runtime is found in it");
        using ClrRuntime runtime = Create(info, target);
        using var memory = new ProcessMemory(processId, target.DataReader);
        new TimerWalk(runtime, memory).AddTo(found);
    }

    private static TraceException Explain(int processId, Exception cause)
    {
        string reason = cause.Message.ReplaceLineEndings(" ").TrimEnd('.');
        return new TraceException(
            CanReadMemory(processId)
                ? $"the timers of process {processId} could not be read: {reason}."
                : $"the memory of process {processId} may not be read ({reason}): run this as the same user, in a container with --cap-add SYS_PTRACE, and where kernel.yama.ptrace_scope is 1 as root; or give --inject, which loads an agent into it.",
            cause);
    }

    private static bool CanReadMemory(int processId)
    {
        try
        {
            using FileStream memory = File.OpenRead($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/mem");
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
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
