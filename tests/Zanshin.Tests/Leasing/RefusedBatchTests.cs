using Microsoft.Extensions.Logging;
using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Leasing;

/// <summary>One entry has a whole call refused: the others do not suffer for it.</summary>
public class RefusedBatchTests
{
    [Fact]
    public void Extensions_that_are_refused_together_are_repeated_one_by_one() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 10);
        bench.Faults.Rule = static (action, _) => action == "ChangeMessageVisibilityBatch" ? Fate.RefusesMany : Fate.Works;
        await bench.StartAsync(z => Slow(z, bench, 30, Outcome.Done));
        await bench.Until(() => bench.Status is { Done: 10, Settling: 0 });

        Assert.Equal((0L, 0L), (bench.Status.LeasesLost, bench.Status.Redelivered));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void Deletes_that_are_refused_together_are_repeated_one_by_one() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "30"));
        await bench.SendManyAsync(url, 10);
        bench.Faults.Rule = static (action, _) => action == "DeleteMessageBatch" ? Fate.RefusesMany : Fate.Works;
        await bench.StartAsync(z => Slow(z, bench, 1, Outcome.Done));
        await bench.Until(() => bench.Status is { Done: 10, Settling: 0 });

        Assert.Equal((0L, 0L), (bench.Status.Unconfirmed, bench.Status.Redelivered));
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
    });

    [Fact]
    public void Returns_that_are_refused_together_are_repeated_one_by_one() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "600"));
        await bench.SendManyAsync(url, 10);
        bench.Faults.Rule = static (action, _) => action == "ChangeMessageVisibilityBatch" ? Fate.RefusesMany : Fate.Works;
        await bench.StartAsync(z => Slow(z, bench, 1, Outcome.Retry(TimeSpan.FromSeconds(5))));
        await bench.Until(() => bench.Status is { Done: 10, Settling: 0 }, 60);

        Assert.Equal(10, bench.Status.Redelivered);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 24 && l.Level == LogLevel.Warning);
    });

    private static void Slow(ZanshinBuilder z, Bench bench, int seconds, Outcome first) => z.Queue("orders", q => q.Handle(Body.Text, async (message, _, cancel) =>
    {
        await Task.Delay(TimeSpan.FromSeconds(seconds), bench.Time, cancel);
        return message.Attempt == 1 ? first : Outcome.Done;
    }));
}
