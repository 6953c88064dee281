using CsCheck;
using Zanshin.Leasing;
using Zanshin.Timing;

namespace Zanshin.Tests.Leasing;

public class LeaseScheduleTests
{
    // Short ones have limits of their own.
    private static readonly Gen<int> s_visibility = Gen.OneOf(Gen.Int[1, 60], Gen.Int[1, 43_200]);

    [Theory]
    [InlineData(30, 10)]
    [InlineData(15, 5)]
    [InlineData(14, 7)]
    [InlineData(3, 1.5)]
    [InlineData(2, 1.5)]
    [InlineData(1, 0.75)]
    [InlineData(43200, 14400)]
    public void An_extension_is_due_when_a_third_is_left_or_half_of_a_short_timeout(int visibility, double left) =>
        Assert.Equal(TimeSpan.FromSeconds(100 - left), Schedule(visibility).ExtendAt(TimeSpan.FromSeconds(100)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(30)]
    [InlineData(43200)]
    public void Three_calls_that_time_out_fit_into_what_is_left(int visibility) =>
        Assert.True(Schedule(visibility).CallLimit * 3 <= Schedule(visibility).Margin);

    [Fact]
    public void Time_spent_waiting_in_a_long_poll_does_not_count() => Assert.Equal(19.99, ReceivedAt(30, called: 0, answered: 20, roundTrip: 0.01));

    [Fact]
    public void A_deadline_is_never_before_the_calls_start_and_the_timeout() => Assert.Equal(1, ReceivedAt(30, called: 1, answered: 1.2, roundTrip: 0.5));

    [Theory]
    [InlineData(30)]
    [InlineData(5)]
    [InlineData(1)]
    public void An_answer_that_is_late_by_the_servers_clock_begins_its_lease_when_it_was_handed_out(int visibility) =>
        Assert.InRange(ReceivedAt(visibility, called: 0, answered: 12, roundTrip: 0.01, server: (3.999, 4.001)), 3.5, 4.001);

    [Theory]
    [InlineData(30)]
    [InlineData(5)]
    [InlineData(3)]
    public void A_lease_of_three_seconds_and_more_is_not_thought_to_begin_later_than_the_server_leaves_open(int visibility) =>
        Assert.Equal(10.8, ReceivedAt(visibility, called: 0, answered: 12, roundTrip: 0.01, server: (10.8, 12.02)));

    [Fact]
    public void What_the_servers_clock_leaves_open_takes_half_of_the_shortest_leases_at_most() =>
        Assert.Equal(11.49, ReceivedAt(1, called: 0, answered: 12, roundTrip: 0.01, server: (10, 13)));

    [Fact]
    public void A_server_whose_clock_is_far_ahead_makes_no_lease_longer() =>
        Assert.InRange(ReceivedAt(30, called: 0, answered: 12, roundTrip: 0.01, server: (500, 501)), 0, 11.99);

    [Fact]
    public void Without_a_server_that_tells_the_time_a_lease_begins_before_the_process_stood_still() =>
        Assert.Equal(4.99, ReceivedAt(30, called: 0, answered: 15, roundTrip: 0.01, awake: 5));

    [Fact]
    public void A_process_that_stood_still_is_no_reason_to_begin_a_lease_before_the_server_handed_it_out() =>
        Assert.Equal(14.2, ReceivedAt(30, called: 0, answered: 15, roundTrip: 0.01, awake: 5, server: (14.2, 14.3)));

    private static double ReceivedAt(int visibility, double called, double answered, double roundTrip, double? awake = null, (double From, double To)? server = null) =>
        Schedule(visibility).ReceivedAt(new HandOut(
            TimeSpan.FromSeconds(called), TimeSpan.FromSeconds(answered), TimeSpan.FromSeconds(roundTrip), TimeSpan.FromSeconds(awake ?? answered),
            server is { } s ? (TimeSpan.FromSeconds(s.From), TimeSpan.FromSeconds(s.To)) : null)).TotalSeconds;

    [Theory]
    [InlineData(30, 0, 30)]
    [InlineData(43200, 0, 43199)]
    [InlineData(30, 43180, 19)]
    [InlineData(30, 43199, 0)]
    [InlineData(30, 50000, 0)]
    public void No_change_reaches_past_12_hours_after_the_receipt(int wanted, int now, int seconds) =>
        Assert.Equal(seconds, LeaseSchedule.Seconds(TimeSpan.FromSeconds(wanted), TimeSpan.Zero, TimeSpan.FromSeconds(now)));

    [Fact]
    public void Pauses_between_failed_calls_grow_and_stay_within_a_calls_limit()
    {
        LeaseSchedule schedule = Schedule(30);
        Assert.InRange(schedule.RetryAfter(1, 0.99), TimeSpan.Zero, schedule.CallLimit / 10);
        Assert.True(schedule.RetryAfter(50, 0) > schedule.RetryAfter(1, 0.99));
        Assert.True(schedule.RetryAfter(50, 0.999) <= schedule.CallLimit);
    }

    // What can go wrong twice in a row does not lose a lease: a call fails or times out, waits its turn, fails again, and a third
    // one is answered within two thirds of its limit.
    [Fact]
    public void Two_failures_in_a_row_lose_no_lease() => Gen.Select(s_visibility, Gen.Double[0, 1], Gen.Double[0, 1], Gen.Double[0, 0.999], Gen.Double[0, 0.999])
        .Sample(static (visibility, first, second, dice1, dice2) =>
        {
            LeaseSchedule schedule = Schedule(visibility);
            TimeSpan deadline = TimeSpan.FromSeconds(visibility), at = schedule.ExtendAt(deadline);
            at += first * schedule.CallLimit + schedule.RetryAfter(1, dice1);
            at += second * schedule.CallLimit + schedule.RetryAfter(2, dice2);
            return at + schedule.CallLimit * (2 / 3.0) <= deadline;
        });

    [Fact]
    public void Extensions_come_up_to_twelve_hours_and_never_past_them() => Gen.Select(s_visibility, Gen.Double[0, 0.9]).Sample(static (visibility, slow) =>
    {
        LeaseSchedule schedule = Schedule(visibility);
        TimeSpan end = SqsLimits.MaxVisibility, now = TimeSpan.Zero, deadline = schedule.Visibility;
        for (int calls = 0; calls < 200_000; calls++)
        {
            if (LeaseSchedule.IsLast(deadline, TimeSpan.Zero))
                return deadline <= end;
            now = schedule.ExtendAt(deadline) > now ? schedule.ExtendAt(deadline) : now;
            int seconds = LeaseSchedule.Seconds(schedule.Visibility, TimeSpan.Zero, now);
            if (now + TimeSpan.FromSeconds(seconds) <= deadline)
                return false;
            deadline = now + TimeSpan.FromSeconds(seconds);
            now += slow * schedule.CallLimit;
            if (deadline > end || now >= deadline)
                return false;
        }
        return false;
    });

    private static LeaseSchedule Schedule(int seconds) => new(TimeSpan.FromSeconds(seconds));
}
