using Zanshin.Tests.Rig;

namespace Zanshin.Tests.Receiving;

/// <summary>Whatever the other queues of its group do, a busy queue keeps what it does alone, but for what they really have.</summary>
public class BesideOthersTests
{
    /// <summary>One such queue took 78 % of a busy one's messages, three took 98 %: each receive after a burst kept its ten places for a second.</summary>
    [Theory]
    [InlineData(10, 50, 10, Neighbours.Kind.Bursts, 1, 20)]
    [InlineData(10, 50, 100, Neighbours.Kind.Bursts, 3, 10)]
    [InlineData(1, 50, 10, Neighbours.Kind.Bursts, 20, 1)]
    [InlineData(10, 20, 10, Neighbours.Kind.Bursts, 100, 2)]
    [InlineData(2, 1000, 20, Neighbours.Kind.Bursts, 3, 1)]
    [InlineData(10, 50, 1, Neighbours.Kind.Empty, 100, 0)]
    [InlineData(1, 50, 100, Neighbours.Kind.Hanging, 3, 0)]
    [InlineData(10, 50, 10, Neighbours.Kind.Hanging, 20, 0)]
    [InlineData(10, 50, 10, Neighbours.Kind.Failing, 20, 0)]
    [InlineData(10, 50, 10, Neighbours.Kind.Poison, 3, 0)]
    [InlineData(10, 50, 10, Neighbours.Kind.Loaded, 20, 0)]
    internal void A_busy_queue_keeps_its_slots_busy(int slots, double handlerMs, double roundTripMs, Neighbours.Kind are, int others, int burst)
    {
        Neighbours.Result result = new Neighbours { Slots = slots, HandlerMs = handlerMs, RoundTripMs = roundTripMs, Are = are, Others = others, Burst = burst, Window = 6 }.Run();
        Assert.True(result.SlotsUsed >= 0.95, $"{result}");
        Assert.True(are == Neighbours.Kind.Loaded || slots * 1000 / handlerMs < 50 || result.RequestsPerMessage <= 0.21, $"{result}");
    }

    [Fact]
    public void A_busy_fifo_queue_keeps_its_slots_busy()
    {
        Neighbours.Result result = new Neighbours { Fifo = true, Are = Neighbours.Kind.Bursts, Others = 3, Burst = 10, Window = 6 }.Run();
        Assert.True(result.SlotsUsed >= 0.95, $"{result}");
    }

    [Fact]
    public void A_busy_queue_of_batches_keeps_its_slots_busy()
    {
        Neighbours.Result result = new Neighbours { Batch = 5, Are = Neighbours.Kind.Bursts, Others = 3, Burst = 10, Window = 6 }.Run();
        Assert.True(result.SlotsUsed >= 0.95, $"{result}");
    }

    /// <summary>SQS asks some of its servers: receives that bring fewer than ten, and now and then none, say nothing of what is left.</summary>
    [Theory]
    [InlineData(100, 50, 10, 0, 3)]
    [InlineData(100, 100, 40, 0, 6)]
    [InlineData(10, 50, 10, 3, 1)]
    [InlineData(100, 100, 20, 0, 3, 7)]
    internal void A_busy_queue_keeps_its_slots_busy_where_receives_bring_part_of_what_there_is(int slots, double handlerMs, double roundTripMs, int others, int receives, int mostOfReceive = 10)
    {
        int most = 0;
        Neighbours.Result result = new Neighbours
        {
            Slots = slots, HandlerMs = handlerMs, RoundTripMs = roundTripMs, Are = Neighbours.Kind.Bursts, Others = others, Burst = 10, Window = 6, Sampled = mostOfReceive == 10, MostOfReceive = mostOfReceive,
            Trace = bench => most = Math.Max(most, bench.Status.OpenReceives),
        }.Run();
        Assert.True(result.SlotsUsed >= 0.95, $"{result}");
        Assert.True(result.RequestsPerMessage <= 0.26, $"{result}");
        Assert.True(most >= receives, $"{most} receives open at once; {result}");
    }

    /// <summary>Equal weights: each of the others is worked as it comes, and none waits for the backlog.</summary>
    [Fact]
    public void A_busy_queue_does_not_keep_the_others_from_being_asked()
    {
        Neighbours.Result result = new Neighbours { Slots = 1, Are = Neighbours.Kind.Bursts, Others = 20, Burst = 1, Window = 10 }.Run();
        Assert.InRange(result.OthersPerSecond, 9.5, 10.5);
    }
}
