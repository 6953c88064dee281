using Zanshin.Tests.Rig;

namespace Zanshin.Tests;

public class WorkerTests
{
    [Fact]
    public void Messages_are_handled_and_deleted() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendManyAsync(url, 25);
        List<string> handled = [];
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (message, _, cancel) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), bench.Time, cancel);
            handled.Add(message.Body);
        })));
        await bench.Until(() => bench.Status.Done == 25);
        await bench.StopAsync();

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{i}").Order(), handled.Order());
        Assert.Equal((0, 0, 0), await bench.DepthAsync(url));
        Assert.Equal(0, bench.Worker.GetStatus().TasksAlive);
        Assert.Equal(0, bench.Status.LeasesHeld);
    });
}
