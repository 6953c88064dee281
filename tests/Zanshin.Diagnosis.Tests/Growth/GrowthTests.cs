using Zanshin.Diagnosis.Growth;

namespace Zanshin.Diagnosis.Tests.Growth;

/// <summary>How often two windows of 240 looks, ten messages apart, raise an alarm: over drawn series of each kind, always the same ones.</summary>
public class GrowthTests
{
    private const int Looks = 240;
    private const int Series = 400;

    public static TheoryData<string, double> Quiet => new()
    {
        { "noise", 0 }, { "slow noise", 1 }, { "warm-up, short", 0.5 }, { "warm-up, long", 8 }, { "step", 1 }, { "saw tooth", 0 }, { "random walk", 2 }, { "nothing", 0 },
    };

    public static TheoryData<string> Leaks => ["leak 1", "leak 0.1", "leak 0.05 and saw tooth", "leak 0.05 and a plateau"];

    [Theory]
    [MemberData(nameof(Quiet))]
    public void What_is_no_leak_raises_hardly_an_alarm(string kind, double mostPercent) => Assert.InRange(AlarmsPercent(kind), 0, mostPercent);

    [Theory]
    [MemberData(nameof(Leaks))]
    public void A_leak_is_always_found(string kind) => Assert.Equal(100, AlarmsPercent(kind));

    [Fact]
    public void A_leak_of_one_in_a_hundred_messages_is_mostly_found() => Assert.InRange(AlarmsPercent("leak 0.01"), 80, 100);

    [Fact]
    public void Its_size_for_each_message_is_told()
    {
        double[] x = [.. Enumerable.Range(0, Looks).Select(static i => i * 10.0)];
        double[] y = [.. x.Select(static at => 50 + 0.5 * at)];
        Assert.Equal(0.5, GrowthTest.Judge(x, y).PerX, 6);
        Assert.True(GrowthTest.Judge(x, y).Grows);
    }

    [Theory]
    [InlineData(0.2, false)]
    [InlineData(2, true)]
    public void A_rise_that_levels_off_within_the_window_is_none(double windows, bool grows)
    {
        double[] x = [.. Enumerable.Range(0, Looks).Select(static i => i * 10.0)];
        double[] y = [.. Enumerable.Range(0, Looks).Select(i => 100 + 200 * (1 - Math.Exp(-i / (windows * Looks))))];
        Assert.Equal(grows, GrowthTest.Judge(x, y).Grows);
    }

    [Fact]
    public void Too_few_looks_say_nothing() => Assert.False(GrowthTest.Judge([1, 2, 3], [1, 2, 3]).Grows);

    [Fact]
    public void One_window_alone_is_no_alarm()
    {
        var watch = new GrowthWatch(Looks);
        for (int i = 0; i < Looks; i++)
            watch.Look(i, i);
        Assert.True(watch.Last.Grows);
        Assert.False(watch.Grows);
        for (int i = 0; i < Looks; i++)
            watch.Look(Looks + i, Looks + i);
        Assert.True(watch.Grows);
        for (int i = 0; i < Looks; i++)
            watch.Look(2 * Looks + i, 2 * Looks);
        Assert.False(watch.Grows);
    }

    private static double AlarmsPercent(string kind)
    {
        int alarms = 0;
        for (int seed = 0; seed < Series; seed++)
        {
            var watch = new GrowthWatch(Looks);
            int i = 0;
            foreach (double y in Of(kind, new Random(seed)).Take(2 * Looks))
                watch.Look(i++ * 10, y);
            alarms += watch.Grows ? 1 : 0;
        }
        return alarms * 100.0 / Series;
    }

    private static IEnumerable<double> Of(string kind, Random dice)
    {
        double slow = 0, walk = 0;
        int stepAt = dice.Next(2 * Looks);
        for (int i = 0; ; i++)
        {
            double noise = 3 * Normal(dice);
            slow = 0.98 * slow + Normal(dice);
            walk += Normal(dice);
            double saw = 40 * (i % 37 / 37.0);
            yield return 100 + kind switch
            {
                "noise" => noise,
                "slow noise" => 3 * slow,
                "warm-up, short" => noise + 200 * (1 - Math.Exp(-i / (0.1 * Looks))),
                "warm-up, long" => noise + 200 * (1 - Math.Exp(-i / (0.3 * Looks))),
                "step" => noise + (i >= stepAt ? 50 : 0),
                "saw tooth" => saw + noise,
                "random walk" => walk,
                "nothing" => 0,
                "leak 1" => 10 * i + noise,
                "leak 0.1" => i + noise,
                "leak 0.05 and saw tooth" => 0.5 * i + saw,
                "leak 0.05 and a plateau" => 0.5 * i + noise + 50 * (1 - Math.Exp(-i / (0.05 * Looks))),
                "leak 0.01" => 0.1 * i + noise,
                _ => throw new ArgumentException(kind),
            };
        }
    }

    private static double Normal(Random dice) => Math.Sqrt(-2 * Math.Log(1 - dice.NextDouble())) * Math.Cos(2 * Math.PI * dice.NextDouble());
}
