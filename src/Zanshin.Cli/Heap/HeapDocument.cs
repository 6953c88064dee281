using System.Text.Json;
using Zanshin.Tracing.Heap;

namespace Zanshin.Cli.Heap;

/// <summary>The document that <c>--json</c> prints. Its names are a contract with scripts.</summary>
/// <param name="Types">Most bytes first; of a comparison those that changed, most new bytes first.</param>
internal sealed record HeapDocument(
    int ProcessId,
    long Objects,
    long Bytes,
    IReadOnlyList<double> PauseMilliseconds,
    long EventsLost,
    long? Messages,
    IReadOnlyList<TypeGrowth> Types,
    IReadOnlyList<HeapGrowth> Findings)
{
    public static HeapDocument Of(int pid, HeapSnapshot snapshot, int top) => new(
        pid, snapshot.Objects, snapshot.Bytes, [Milliseconds(snapshot.Pause)], snapshot.EventsLost, null,
        [.. snapshot.Types.Values.OrderByDescending(static t => t.Bytes).Take(top).Select(static t => new TypeGrowth(t.Name, 0, t.Count, t.Bytes, t.IsUsers))], []);

    public static HeapDocument Of(int pid, HeapComparison comparison, int top) => new(
        pid, comparison.Last.Objects, comparison.Last.Bytes, [.. comparison.Pauses.Select(Milliseconds)], comparison.Last.EventsLost, comparison.Messages,
        [.. HeapDiff.Changes(comparison.First, comparison.Last).Take(top)], comparison.Causes);

    public string ToJson() => JsonSerializer.Serialize(this, HeapJson.Default.HeapDocument);

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);
}
