namespace Zanshin.Tracing.Heap;

/// <summary>The heap of a process right after a full collection.</summary>
/// <param name="Types">By name; those that share one are one.</param>
/// <param name="Graph">Null for a heap of more than 10 million objects.</param>
/// <param name="Pause">How long the process stood still, from the suspension of its threads to their restart.</param>
/// <param name="EventsLost">The process could not hold them; then the figures are too small.</param>
internal sealed record HeapSnapshot(IReadOnlyDictionary<string, HeapType> Types, HeapGraph? Graph, TimeSpan Pause, long EventsLost)
{
    public long Objects => Types.Values.Sum(static t => t.Count);

    public long Bytes => Types.Values.Sum(static t => t.Bytes);
}
