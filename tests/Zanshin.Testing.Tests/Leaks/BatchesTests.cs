#pragma warning disable RS0030 // What is left behind here is real: real timers.

namespace Zanshin.Testing.Tests.Leaks;

[Collection(nameof(MeasuresTheHeap))]
public class BatchesTests
{
    [Fact]
    public async Task Batches_whose_floor_rises_every_time_fail()
    {
        List<Timer> kept = [];
        LeaksFoundException failure = await Assert.ThrowsAsync<LeaksFoundException>(() => NoLeaks.VerifyBatchesAsync(batches: 4, each: 5, () =>
        {
            kept.Add(new Timer(static _ => { }, null, 60_000, 60_000));
            return Task.CompletedTask;
        }, new() { Linger = TimeSpan.FromMilliseconds(50) }));
        kept.ForEach(static t => t.Dispose());
        Assert.Contains("timers grow with every batch, by 1.00 a run: 5, 10, 15, 20, 25", failure.Message, StringComparison.Ordinal);
        Assert.Equal(25, Assert.Single(failure.Leaks).Count);
    }

    [Fact]
    public async Task Batches_that_keep_objects_fail_by_the_heap_alone()
    {
        List<byte[]> kept = [];
        LeaksFoundException failure = await Assert.ThrowsAsync<LeaksFoundException>(() => NoLeaks.VerifyBatchesAsync(batches: 6, each: 20, () =>
        {
            kept.Add(new byte[10_000]);
            return Task.CompletedTask;
        }));
        Assert.StartsWith("heap bytes grow with every batch", failure.Message, StringComparison.Ordinal);
        Assert.Empty(failure.Leaks);
    }

    [Fact]
    public async Task Batches_that_leave_the_same_each_time_pass()
    {
        Timer? only = null;
        await NoLeaks.VerifyBatchesAsync(batches: 6, each: 5, async () =>
        {
            only ??= new Timer(static _ => { }, null, 60_000, 60_000);
            await Task.Yield();
        }, new() { Linger = TimeSpan.FromMilliseconds(50) });
        await only!.DisposeAsync();
    }
}

/// <summary>The heap is the process's, so nothing runs beside tests that measure it.</summary>
[CollectionDefinition(nameof(MeasuresTheHeap), DisableParallelization = true)]
public sealed class MeasuresTheHeap;
