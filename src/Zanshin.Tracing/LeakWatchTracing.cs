using Zanshin.Diagnosis;
using Zanshin.Diagnosis.Watching;
using Zanshin.Tracing.Heap;
using Zanshin.Tracing.Sessions;
using Zanshin.Tracing.Starts;

namespace Zanshin.Tracing;

/// <summary>Has a leak watch open sessions with its own process, for what it cannot learn otherwise.</summary>
public static class LeakWatchTracing
{
    private static readonly TimeSpan ShortestHeapLook = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestHeapLook = TimeSpan.FromSeconds(30);
    private const int LooksForHeap = 20;

    /// <summary>
    /// While threads are suspected (some 100 looks) a session tells where threads are started, at 40 to 130 µs for each; findings name the line then. When
    /// messages stay reachable, or the heap grows, five snapshots of the heap tell what grows and what holds it: each forces a full, blocking garbage
    /// collection, once for a finding. Where the diagnostic port is switched off, findings do without.
    /// </summary>
    /// <param name="heap">Whether snapshots may be taken. The process stands still for some 100 ms for each 100 MB on the heap.</param>
    public static LeakWatchOptions UseTracing(this LeakWatchOptions options, bool heap = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.OpenThreadSites = static _ => OpenThreadSitesAsync();
        options.ExplainHeap = heap ? cancel => ExplainHeapAsync(options.Every * LooksForHeap, cancel) : null;
        return options;
    }

    private static async Task<ThreadSites?> OpenThreadSitesAsync()
    {
        try
        {
            return await ThreadStarts.OpenAsync();
        }
        catch (TraceException)
        {
            return null;
        }
    }

    private static async Task<IReadOnlyList<HeldType>> ExplainHeapAsync(TimeSpan window, CancellationToken cancel)
    {
        window = window < ShortestHeapLook ? ShortestHeapLook : window > LongestHeapLook ? LongestHeapLook : window;
        try
        {
            HeapComparison comparison = await new HeapRun(Environment.ProcessId, window, Providers.Zanshin, static () => LeakScope.EndedIn(null)).RunAsync(cancel);
            return [.. comparison.Causes.Select(static c => new HeldType(c.Type, c.After, c.PerMessage ?? 0, c.HeldBy))];
        }
        catch (TraceException)
        {
            return [];
        }
    }
}
