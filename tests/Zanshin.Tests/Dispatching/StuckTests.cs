using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Dispatching;

public class StuckTests
{
    [Fact]
    public void A_handler_that_does_not_end_is_reported_with_its_place_and_its_slot_is_lost_until_it_does() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        var never = new TaskCompletionSource();
        await bench.StartAsync(z =>
        {
            z.Use<Slow>();
            z.Queue("orders", q =>
            {
                q.StuckAfter = TimeSpan.FromMinutes(2);
                q.Handle(Body.Text, async (_, _, _) => await never.Task);
            });
        });
        await bench.Pass(119);
        Assert.Equal((1, 0), (bench.Worker.GetStatus().SlotsUsed, bench.Worker.GetStatus().SlotsLost));
        await bench.Pass(2);

        Assert.Equal((1, 1), (bench.Worker.GetStatus().SlotsLost, bench.Status.SlotsLost));
        Assert.Equal(QueueHealth.Degraded, bench.Status.Health);
        Assert.Contains("1 of 10 slots", bench.Status.Trouble, StringComparison.Ordinal);
        string line = Assert.Single(bench.Log.Lines, static l => l.Id == 30).Text;
        Assert.Contains("in the function for String has taken 00:02:00", line, StringComparison.Ordinal);
        Assert.Contains("1 of 10 slots are lost", line, StringComparison.Ordinal);

        // Again at 4 and at 8 minutes, not all the time.
        await bench.Pass(8.5 * 60 - 121);
        Assert.Equal(3, bench.Log.Lines.Count(static l => l.Id == 30));

        never.SetResult();
        await bench.Until(() => bench.Status.Done == 1, 5);
        Assert.Equal((0, QueueHealth.Healthy), (bench.Status.SlotsLost, bench.Status.Health));
        Assert.Single(bench.Log.Lines, static l => l.Id == 31);
    });

    [Fact]
    public void A_handler_that_does_not_heed_its_cancelled_token_is_reported_30_seconds_later() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendAsync(url, "one");
        var never = new TaskCompletionSource();
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.TimeLimit = TimeSpan.FromSeconds(20);
            q.Handle(Body.Text, async (_, _, _) => await never.Task);
        }));
        await bench.Pass(49);
        Assert.Equal(0, bench.Status.SlotsLost);
        await bench.Pass(2);
        Assert.Equal(1, bench.Status.SlotsLost);
        Assert.Contains("cancelled: TimeLimit", Assert.Single(bench.Log.Lines, static l => l.Id == 30).Text, StringComparison.Ordinal);
        never.SetResult();
        await bench.Until(() => bench.Worker.GetStatus().SlotsUsed == 0, 5);
    });

    [Fact]
    public void Also_when_its_lease_is_lost() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders", ("VisibilityTimeout", "10"));
        await bench.SendAsync(url, "one");
        var never = new TaskCompletionSource();
        bench.Faults.Rule = static (action, _) => action == "ChangeMessageVisibilityBatch" ? Fate.ServerError : Fate.Works;
        await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (_, _, _) => await never.Task)));
        await bench.Until(() => bench.Status.LeasesLost == 1, 15);
        await bench.Pass(31);

        Assert.Equal(1, bench.Status.SlotsLost);
        Assert.Contains("cancelled: LeaseLost", bench.Log.Lines.First(static l => l.Id == 30).Text, StringComparison.Ordinal);
        never.SetResult();
        await bench.Until(() => bench.Worker.GetStatus().SlotsLost == 0, 5);
    });

    [Fact]
    public void Where_it_stands_is_a_middleware_on_the_way_in_and_out() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        var gate = new Slow.Gate();
        await bench.StartAsync(z =>
        {
            z.Use<Slow>();
            z.Queue("orders", q =>
            {
                q.StuckAfter = TimeSpan.FromSeconds(5);
                q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask);
            });
        }, services => Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton(services, gate));
        gate.After = new TaskCompletionSource();
        await bench.SendAsync(url, "one");
        await bench.Pass(6);
        Assert.Contains(" in Slow has taken", Assert.Single(bench.Log.Lines, static l => l.Id == 30).Text, StringComparison.Ordinal);
        gate.After.SetResult();
        await bench.Until(() => bench.Status.Done == 1, 5);
    });

    [Fact]
    public void A_queue_that_never_takes_a_handler_for_stuck_says_nothing() => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.StuckAfter = Timeout.InfiniteTimeSpan;
            q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromHours(5), bench.Time, cancel));
        }));
        await bench.Until(() => bench.Status.Done == 1, 6 * 3600);
        Assert.DoesNotContain(bench.Log.Lines, static l => l.Id == 30);
    });

    private sealed class Slow(Slow.Gate? gate = null) : IMiddleware
    {
        public async ValueTask<Outcome> InvokeAsync(Message message, MessageDelegate next, CancellationToken cancel)
        {
            Outcome outcome = await next(message, cancel);
            if (gate?.After is { } after)
                await after.Task;
            return outcome;
        }

        public sealed class Gate
        {
            public TaskCompletionSource? After { get; set; }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MaxValue / 10_000 - 1)]
    public void Never_is_never_also_for_one_that_does_not_heed_its_token(long milliseconds) => Bench.Run(async bench =>
    {
        string url = await bench.QueueAsync("orders");
        await bench.SendAsync(url, "one");
        var never = new TaskCompletionSource();
        await bench.StartAsync(z => z.Queue("orders", q =>
        {
            q.StuckAfter = TimeSpan.FromMilliseconds(milliseconds);
            q.TimeLimit = TimeSpan.FromSeconds(1);
            q.Handle(Body.Text, async (_, _, _) => await never.Task);
        }));
        await bench.Pass(3600);
        Assert.Equal((1, 0), (bench.Status.SlotsUsed, bench.Status.SlotsLost));
        never.SetResult();
        await bench.Until(() => bench.Status.Done == 1, 5);
    });
}
