using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing.Parsers;
using Zanshin.Tracing.Sessions;
using Zanshin.Tracing.Sites;

namespace Zanshin.Tracing.Heap;

/// <summary>Takes a snapshot of a .NET process's heap. That forces a full garbage collection, during which the process stands still.</summary>
internal static class HeapLook
{
    /// <summary>Collections, types, and the dump of every object and root, at a collection that the session itself forces.</summary>
    private const long HeapSnapshotKeywords = 0x1980001;

    /// <summary>The process holds up to so much while the reader falls behind.</summary>
    private const int BufferMegabytes = 1024;

    private static readonly TimeSpan LongestTime = TimeSpan.FromMinutes(2);

    /// <param name="withGraph">What holds what, too: takes more memory here.</param>
    /// <exception cref="TraceException">The process cannot be asked, or does not collect within 2 minutes.</exception>
    public static async Task<HeapSnapshot> TakeAsync(int processId, bool withGraph, CancellationToken cancel)
    {
        DiagnosticsClient client = DiagnosticPort.Of(processId);
        var events = new HeapEvents(withGraph);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using ITimer timer = TimeProvider.System.CreateTimer(static l => ((CancellationTokenSource)l!).Cancel(), limit, LongestTime, Timeout.InfiniteTimeSpan);
        try
        {
            var providers = new EventPipeProvider(ClrTraceEventParser.ProviderName, EventLevel.Verbose, HeapSnapshotKeywords);
            await using TraceSession session = await TraceSession.OpenAsync(
                client, new EventPipeSessionConfiguration([providers], BufferMegabytes, rundownKeyword: 0, requestStackwalk: false), events.Read, limit.Token);
            await Task.WhenAny(events.Done, session.Ended).WaitAsync(limit.Token);
            await session.CloseAsync();
            if (!events.Done.IsCompleted)
                throw new TraceException($"process {processId} has ended while its heap was read.");
            var modules = new CodeMap();
            await Rundown.ReadAsync(client, modules, limit.Token);
            using var names = new ModuleTypes(modules);
            return events.ToSnapshot(names, session.EventsLost);
        }
        catch (OperationCanceledException exception) when (!cancel.IsCancellationRequested)
        {
            throw new TraceException($"process {processId} has not told its heap within {LongestTime.TotalMinutes:0} minutes: it is stopped (SIGSTOP, a debugger), or too busy.", exception);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or TraceException))
        {
            throw DiagnosticPort.Explain(processId, exception);
        }
    }
}
