using System.Globalization;
using System.Net.Sockets;
using Microsoft.Diagnostics.NETCore.Client;

namespace Zanshin.Tracing.Sessions;

/// <summary>Why a process cannot be asked for events, in a sentence with the remedy.</summary>
internal static class DiagnosticPort
{
    /// <exception cref="TraceException">The process has no diagnostic port that this user can reach.</exception>
    public static DiagnosticsClient Of(int processId)
    {
        if (!DiagnosticsClient.GetPublishedProcesses().Contains(processId))
            throw new TraceException(WhyClosed(processId));
        return new DiagnosticsClient(processId);
    }

    public static TraceException Explain(int processId, Exception cause) => cause switch
    {
        TraceException known => known,
        _ when Find<UnauthorizedAccessException>(cause) || Find<SocketException>(cause) is var refused && refused && BelongsToOther(processId) =>
            new TraceException($"process {processId} belongs to another user, who alone may trace it: run this as that user or as root.", cause),
        ServerNotAvailableException or SocketException or IOException or EndOfStreamException =>
            new TraceException(Exists(processId)
                ? $"process {processId} does not answer on its diagnostic port (/tmp/dotnet-diagnostic-{processId}-*): it is stopped, starting or ending."
                : $"process {processId} has ended.", cause),
        OperationCanceledException =>
            new TraceException($"process {processId} does not answer on its diagnostic port within 10 s: it is stopped (SIGSTOP, a debugger) or hangs.", cause),
        _ => new TraceException($"process {processId} refuses to be traced: {cause.Message}", cause),
    };

    public static bool Exists(int processId)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(processId);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool Find<T>(Exception? exception) where T : Exception => exception is not null && (exception is T || Find<T>(exception.InnerException));

    private static string WhyClosed(int processId)
    {
        if (!Exists(processId))
            return $"there is no process {processId}.";
        string number = processId.ToString(CultureInfo.InvariantCulture);
        string[] environment = Read($"/proc/{number}/environ").Split('\0');
        if (environment.Any(static v => v is "DOTNET_EnableDiagnostics=0" or "DOTNET_EnableDiagnostics_IPC=0" or "COMPlus_EnableDiagnostics=0"))
            return $"process {number} was started with diagnostics switched off (DOTNET_EnableDiagnostics=0): start it without, or see its threads with 'zanshin ps {number}'.";
        string? temporary = environment.FirstOrDefault(static v => v.StartsWith("TMPDIR=", StringComparison.Ordinal))?["TMPDIR=".Length..].TrimEnd('/');
        if (temporary is { Length: > 0 } && temporary != Path.GetTempPath().TrimEnd('/'))
            return $"process {number} keeps its diagnostic port in another directory: set TMPDIR={temporary} and try again.";
        string maps = Read($"/proc/{number}/maps");
        if (maps.Length == 0)
            return $"process {number} has no diagnostic port here, and what it is cannot be seen: it may belong to another user (run this as that user or as root) or not be a .NET process.";
        return maps.Contains("libcoreclr.so", StringComparison.Ordinal)
            ? $"process {number} is a .NET process without a diagnostic port: diagnostics are switched off (DOTNET_EnableDiagnostics), or it is still starting."
            : $"process {number} has no diagnostic port: it is not a .NET process, or one compiled ahead of time (NativeAOT). 'zanshin ps {number}' shows its threads.";
    }

    private static bool BelongsToOther(int processId) => Read($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/maps").Length == 0 && Exists(processId);

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
