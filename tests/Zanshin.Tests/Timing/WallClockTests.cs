using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Timing;

public class WallClockTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(-5)]
    [InlineData(100_000)]
    public void A_wall_clock_that_jumps_changes_nothing(int hours) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendManyAsync(url, 10);
        List<double> limited = [], retried = [];
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.TimeLimit = TimeSpan.FromSeconds(40);
            q.Retry(Backoff.Delays(TimeSpan.FromSeconds(20)));
            q.Handle(Body.Text, async (message, _, cancel) =>
            {
                if (message.Attempt > 1)
                {
                    retried.Add(Now(bench));
                    return;
                }
                // One runs into its time limit, the others need four timeouts.
                double began = Now(bench);
                try
                {
                    await Task.Delay(TimeSpan.FromSeconds(message.Body == "0" ? 100 : 35), bench.Time, cancel);
                }
                catch (OperationCanceledException)
                {
                    limited.Add(Now(bench) - began);
                    throw;
                }
            });
        }));
        for (int i = 0; i < 40; i++)
        {
            bench.Time.JumpWallClock(TimeSpan.FromHours(i % 2 == 0 ? hours : -hours));
            bench.Time.JumpWallClock(TimeSpan.FromHours(hours) / 50);
            await bench.Pass(2);
        }
        await bench.Until(() => bench.Status is { Done: 10, Settling: 0 });

        Assert.Equal((0, 1), (bench.Status.LeasesLost, bench.Status.Redelivered));
        Assert.InRange(Assert.Single(limited), 40, 40.1);
        Assert.InRange(Assert.Single(retried), 60, 60.2);

        // A stop in the midst of a jump takes its time by the other clock.
        await bench.SendAsync(url, "10");
        await bench.Until(() => bench.Status.Running == 1);
        double stopped = Now(bench);
        Task stop = bench.StopAsync();
        bench.Time.JumpWallClock(TimeSpan.FromHours(hours));
        await stop;
        Assert.InRange(Now(bench) - stopped, 22, 23.1);
    });

    private static double Now(Bench bench) => bench.Time.GetElapsedTime(0).TotalSeconds;
}
