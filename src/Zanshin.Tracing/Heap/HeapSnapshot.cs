namespace Zanshin.Tracing.Heap;

/// <summary>The heap of a process right after a full collection.</summary>
/// <param name="Types">By name; those that share one are one.</param>
/// <param name="Graph">Null where it was not asked for, or there are too many.</param>
/// <param name="Pause">How long the process stood still, from the suspension of its threads to their restart.</param>
/// <param name="IsTooLarge">More than 10 million objects: there is no graph.</param>
/// <param name="EventsLost">The process could not hold them; then the figures are too small.</param>
internal sealed record HeapSnapshot(IReadOnlyDictionary<string, HeapType> Types, HeapGraph? Graph, TimeSpan Pause, long EventsLost, bool IsTooLarge = false)
{
    public long Objects => Types.Values.Sum(static t => t.Count);

    public long Bytes => Types.Values.Sum(static t => t.Bytes);
}
