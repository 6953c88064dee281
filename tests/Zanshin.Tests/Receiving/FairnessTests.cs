using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Receiving;

public class FairnessTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void A_queue_with_a_backlog_does_not_starve_one_that_was_empty(int milliseconds) => Bench.Run(async bench =>
    {
        string busy = await bench.QueueAsync("busy"), quiet = await bench.QueueAsync("quiet");
        await bench.SendManyAsync(busy, 3000);
        await bench.StartAsync(z =>
        {
            z.Concurrency = 10;
            z.Queue("busy", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), bench.Time, cancel)));
            z.Queue("quiet", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.FromResult(Outcome.Done)));
        });
        await bench.Pass(1);
        for (int i = 1; i <= 3; i++)
        {
            await bench.SendAsync(quiet, "x");
            await bench.Until(() => bench.Worker.GetStatus().Queues[1].Done == i, 5);
        }
        Assert.InRange(bench.Status.Done, 0, 2000);
    });
}
