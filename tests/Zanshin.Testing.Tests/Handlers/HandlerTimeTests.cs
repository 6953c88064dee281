using Microsoft.Extensions.DependencyInjection;

namespace Zanshin.Testing.Tests.Handlers;

public class HandlerTimeTests
{
    private readonly Stock _stock = new();

    private HandlerCase OnVirtualTime => HandlerTest.For(Shop.Configure).Services(s => s.AddSingleton(_stock)).OnVirtualTime();

    [Fact]
    public async Task Ten_minutes_pass_at_once_and_the_lease_is_kept()
    {
        TimeSpan left = default;
        Wait(TimeSpan.FromMinutes(10), message => left = message.Lease.Left);

        HandlerResult result = await OnVirtualTime.RunAsync(new OrderPlaced(1));

        Assert.Equal(Outcome.Done, result.Outcome);
        Assert.Equal(CancelReason.None, result.Cancelled);
        Assert.True(left > TimeSpan.FromSeconds(5), $"{left}");
        Assert.Empty(result.Extensions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_the_handler_has_buffered_is_sent(bool onVirtualTime)
    {
        _stock.Placing = static async (message, cancel) =>
        {
            await message.Services.GetRequiredService<IBufferedSender>().EnqueueAsync(new OrderShipped(message.Body.Number), new() { Group = "7" }, cancel);
            return Outcome.Done;
        };
        HandlerCase handler = onVirtualTime ? OnVirtualTime : HandlerTest.For(Shop.Configure).Services(s => s.AddSingleton(_stock));

        HandlerResult result = await handler.RunAsync(new OrderPlaced(1));

        Assert.Equal("7", Assert.Single(result.Sent).Group);
    }

    [Fact]
    public async Task The_time_limit_of_the_queue_is_reached()
    {
        Wait(TimeSpan.FromHours(2));

        HandlerResult result = await OnVirtualTime.RunAsync(new OrderPlaced(1));

        Assert.Equal(CancelReason.TimeLimit, result.Cancelled);
        Assert.Equal("Retry after 00:00:07", result.Settled.ToString());
    }

    [Fact]
    public async Task A_stop_and_a_lost_lease_come_at_their_moment()
    {
        TimeSpan ran = default;
        _stock.Placing = async (message, cancel) =>
        {
            var time = message.Services.GetRequiredService<TimeProvider>();
            long began = time.GetTimestamp();
            try
            {
                await Task.Delay(TimeSpan.FromMinutes(50), time, cancel);
            }
            finally
            {
                ran = time.GetElapsedTime(began);
            }
            return Outcome.Done;
        };

        HandlerResult stopped = await OnVirtualTime.StopAfter(TimeSpan.FromMinutes(20)).RunAsync(new OrderPlaced(1));
        Assert.Equal(TimeSpan.FromMinutes(20), ran);
        HandlerResult lost = await OnVirtualTime.LoseLeaseAfter(TimeSpan.FromMinutes(30)).RunAsync(new OrderPlaced(1));
        Assert.Equal(TimeSpan.FromMinutes(30), ran);

        Assert.Equal((CancelReason.Stopping, SettlementKind.Returned), (stopped.Cancelled, stopped.Settled.Kind));
        Assert.Equal((CancelReason.LeaseLost, SettlementKind.None), (lost.Cancelled, lost.Settled.Kind));
    }

    [Fact]
    public void A_case_runs_inside_of_a_virtual_run_too()
    {
        Wait(TimeSpan.FromMinutes(10));
        var time = new VirtualTime();

        time.Run(async () =>
        {
            HandlerResult result = await HandlerTest.For(Shop.Configure).Services(s => s.AddSingleton(_stock)).OnVirtualTime(time).RunAsync(new OrderPlaced(1));
            Assert.Equal(Outcome.Done, result.Outcome);
        });

        Assert.Equal(0, time.LiveTimers);
    }

    [Fact]
    public async Task A_batch_of_many_comes_whole_on_virtual_time()
    {
        BatchResult result = await OnVirtualTime.RunBatchAsync(Enumerable.Range(0, 25).Select(static i => new Mail($"{i}")));

        Assert.Equal(25, _stock.Mailed.Count);
        Assert.All(result.Settled, static s => Assert.Equal(SettlementKind.Done, s.Kind));
    }

    private void Wait(TimeSpan time, Action<Message>? then = null) => _stock.Placing = async (message, cancel) =>
    {
        await Task.Delay(time, message.Services.GetRequiredService<TimeProvider>(), cancel);
        then?.Invoke(message);
        return Outcome.Done;
    };
}
