using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Receiving;

/// <summary>Receives that sample servers, as those of SQS do: they bring 1 to 10 messages although there are thousands, and now and then none.</summary>
public class SampledServersTests
{
    /// <summary>The first seconds of a backlog: full receives alone raise the pollers too slowly there, because most are not full.</summary>
    [Theory]
    [InlineData(100, 200, 100, 1)]
    [InlineData(200, 400, 200, 2)]
    public void Receives_that_are_not_full_raise_the_pollers_while_there_is_more(int slots, double handlerMs, double roundTripMs, double rampUp)
    {
        Neighbours.Result result = new Neighbours { Slots = slots, HandlerMs = handlerMs, RoundTripMs = roundTripMs, Sampled = true, RampUp = rampUp, Window = 2 }.Run();
        Assert.True(result.SlotsUsed >= 0.95, $"{result}");
    }

    [Fact]
    public void An_empty_answer_now_and_then_does_not_make_a_queue_with_a_backlog_rest() => Bench.Run(
        async bench =>
        {
            string url = await bench.QueueAsync("orders");
            await bench.SendManyAsync(url, 2000);
            await bench.Pass(5);
            bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(10);
            await bench.StartAsync(z => z.Queue("orders", q =>
            {
                q.Delay = TimeSpan.FromMinutes(1);
                q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(50), bench.Time, cancel));
            }));
            double began = bench.Now();
            await bench.Until(() => bench.Status.Done >= 1900, 600);
            Assert.True(bench.Status.EmptyReceives > 0);
            Assert.True(bench.Now() - began < 1900 / (10 / 0.05) * 1.3, $"{bench.Now() - began} s");
        },
        sampleServers: true);

    [Fact]
    public void A_queue_that_had_a_backlog_and_has_nothing_costs_one_request_every_20_seconds() => Bench.Run(
        async bench =>
        {
            string url = await bench.QueueAsync("orders");
            await bench.SendManyAsync(url, 500);
            await bench.Pass(5);
            await bench.StartAsync(z => z.Queue("orders", q => q.Handle(Body.Text, async (_, _, cancel) => await Task.Delay(TimeSpan.FromMilliseconds(5), bench.Time, cancel))));
            await bench.Until(() => bench.Status is { Done: 500, Settling: 0 }, 120);
            await bench.Pass(60);
            int before = bench.Faults.Count("ReceiveMessage");
            await bench.Pass(3600);
            Assert.InRange(bench.Faults.Count("ReceiveMessage") - before, 179, 182);
        },
        sampleServers: true);
}
