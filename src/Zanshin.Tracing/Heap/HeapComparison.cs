namespace Zanshin.Tracing.Heap;

/// <summary>What has become more between the first and the last look at a heap.</summary>
/// <param name="Messages">Processed between the two; null where none were counted.</param>
/// <param name="Pauses">How long the process stood still at each look.</param>
internal sealed record HeapComparison(HeapSnapshot First, HeapSnapshot Last, long? Messages, IReadOnlyList<TimeSpan> Pauses, IReadOnlyList<HeapGrowth> Causes);
