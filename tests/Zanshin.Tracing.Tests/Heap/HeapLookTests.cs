using Zanshin.Tracing.Heap;

namespace Zanshin.Tracing.Tests.Heap;

public class HeapLookTests
{
    private static List<Planted>? s_planted;

    [Fact]
    public async Task A_snapshot_of_this_process_has_what_a_static_variable_holds()
    {
        s_planted = [.. Enumerable.Range(0, 1234).Select(static _ => new Planted())];

        HeapSnapshot snapshot = await HeapLook.TakeAsync(Environment.ProcessId, withGraph: true, CancellationToken.None);

        HeapType type = snapshot.Types[typeof(Planted).FullName!];
        Assert.Equal(1234, type.Count);
        Assert.True(type.IsUsers);
        Assert.InRange(snapshot.Pause.TotalMilliseconds, 0.1, 60_000);
        Assert.Equal(0, snapshot.EventsLost);
        var holders = new Holders(snapshot.Graph!);
        string path = string.Join(" -> ", holders.Describe(holders.PathTo(snapshot.Graph!.ObjectsOf(type).First())));
        Assert.StartsWith($"static {typeof(HeapLookTests).FullName}.s_planted -> ", path, StringComparison.Ordinal);
        Assert.EndsWith("+Planted> -> Zanshin.Tracing.Tests.Heap.HeapLookTests+Planted[] -> Zanshin.Tracing.Tests.Heap.HeapLookTests+Planted", path, StringComparison.Ordinal);
        s_planted = null;
    }

    [Fact]
    public async Task A_look_can_be_given_up()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => HeapLook.TakeAsync(Environment.ProcessId, withGraph: true, cancelled.Token));
    }

    private sealed class Planted;
}
