namespace Zanshin.Tracing;

/// <summary>
/// Follows what a live .NET process begins (threads, async methods, tasks) for a while, and names the places whose begins do
/// not end. The process needs no preparation, is never stopped, and keeps nothing when the trace is over.
/// </summary>
public static class ThreadTrace
{
    /// <summary>Traces a process, which may be this one.</summary>
    /// <param name="processId">A .NET process of the same user, on this machine, with its diagnostic port open (the default).</param>
    /// <param name="window">How long to listen, from 1 s to 1 hour. What usually ends within it is not reported.</param>
    /// <param name="cancel">Gives the trace up: the session is closed and nothing reported.</param>
    /// <returns>The report. Timers are not in it: their ends can be seen only by reading the process's memory, which <c>zanshin trace</c> does.</returns>
    /// <exception cref="TraceException">The process cannot be traced; the message says why.</exception>
    /// <remarks>Costs the process some 40 to 130 µs for each thread it starts and a few for each async method that waits. Thread-safe.</remarks>
    public static async Task<TraceReport> RunAsync(int processId, TimeSpan window, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(window, TimeSpan.FromHours(1));
        TraceReport report = await RunAsync(new TraceOptions { ProcessId = processId, Window = window, Stop = cancel });
        cancel.ThrowIfCancellationRequested();
        return report;
    }

    internal static Task<TraceReport> RunAsync(TraceOptions options) => new TraceRun(options).RunAsync();
}
