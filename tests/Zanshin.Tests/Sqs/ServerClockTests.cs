using CsCheck;
using Zanshin.Sqs;

namespace Zanshin.Tests.Sqs;

public class ServerClockTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    /// <summary>Whatever the offset, the ways there and back and the phases of the seconds.</summary>
    [Fact]
    public void What_happened_at_the_server_lies_between_the_earliest_and_the_latest() => Gen.Select(
        Gen.Double[-1e6, 1e6], Gen.Select(Gen.Double[0, 3], Gen.Double[0, 10], Gen.Double[0, 10]).Array[1, 30], Gen.Double[0, 20]).Sample(static (offset, calls, late) =>
    {
        var clock = new ServerClock();
        double now = 0;
        foreach ((double pause, double there, double back) in calls)
        {
            double called = now + pause, made = called + there;
            now = made + back;
            if (clock.Heard(S(called), S(now), S(Math.Floor(made + offset)), s_second) > TimeSpan.Zero)
                return false;
        }
        double handedOut = now + 1, read = handedOut + late;
        (TimeSpan from, TimeSpan to) = clock.When(S(Math.Floor(handedOut + offset)), s_second, S(read))!.Value;
        return from <= S(handedOut) + Tick && to >= S(handedOut) - Tick;
    });

    [Fact]
    public void Quick_answers_say_it_to_about_a_round_trip()
    {
        var clock = new ServerClock();
        for (int i = 0; i < 60; i++)
            clock.Heard(S(i * 1.017), S(i * 1.017 + 0.02), S(Math.Floor(i * 1.017 + 0.01 + 500.4)), s_second);
        (TimeSpan from, TimeSpan to) = clock.When(S(570), TimeSpan.Zero, S(70))!.Value;
        Assert.InRange(to - from, TimeSpan.Zero, S(0.1));
        Assert.InRange(from, S(69.4), S(69.6));
    }

    [Fact]
    public void One_answer_of_another_clock_is_let_pass_and_two_are_believed()
    {
        ServerClock clock = Known();
        clock.Heard(S(10), S(10.01), S(50), s_second);
        Assert.Null(clock.When(S(50), s_second, S(10.01)));
        clock.Heard(S(11), S(11.01), S(111), s_second);
        Assert.NotNull(clock.When(S(111), s_second, S(11.01)));
        clock.Heard(S(12), S(12.01), S(52), s_second);
        clock.Heard(S(13), S(13.01), S(53), s_second);
        Assert.InRange(clock.When(S(53), s_second, S(13.01))!.Value.From, S(11.9), S(13.1));
    }

    [Fact]
    public void A_server_that_is_ahead_of_all_that_was_possible_is_told_and_from_one_that_went_back_nothing_is_concluded()
    {
        ServerClock clock = Known();
        Assert.InRange(clock.Heard(S(10), S(10.01), S(410), s_second), S(298), S(300));
        clock.Heard(S(12), S(12.01), S(52), s_second);
        clock.Heard(S(13), S(13.01), S(53), s_second);
        Assert.Equal(TimeSpan.Zero, clock.Heard(S(14), S(14.01), S(414), s_second));
    }

    [Fact]
    public void What_is_known_grows_old()
    {
        ServerClock clock = Known();
        (TimeSpan from, TimeSpan to) = clock.When(S(100), TimeSpan.Zero, S(0))!.Value;
        (TimeSpan From, TimeSpan To) later = clock.When(S(100), TimeSpan.Zero, S(86_400))!.Value;
        Assert.True(later.From < from && later.To > to);
    }

    private static TimeSpan Tick => TimeSpan.FromMicroseconds(1);

    private static ServerClock Known()
    {
        var clock = new ServerClock();
        clock.Heard(S(0), S(0.01), S(100), s_second);
        return clock;
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
