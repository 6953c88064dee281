namespace Zanshin.Testing.Tests;

public sealed class VirtualTimerTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_never = Timeout.InfiniteTimeSpan;

    private readonly VirtualTime _time = new();
    private readonly List<string> _log = [];

    [Fact]
    public void A_one_shot_fires_once_at_its_time()
    {
        using var timer = Timer("a", s_second, s_never);
        Assert.Equal(1, _time.LiveTimers);

        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(["a@1"], _log);
        Assert.Equal(0, _time.LiveTimers);
    }

    [Fact]
    public void A_periodic_one_fires_for_each_period_passed()
    {
        using var timer = Timer("a", s_second, 2 * s_second);

        _time.Advance(6 * s_second);

        Assert.Equal(["a@1", "a@3", "a@5"], _log);
        Assert.Equal(1, _time.LiveTimers);
    }

    [Fact]
    public void Same_due_timers_fire_in_the_order_of_arming()
    {
        using var a = Timer("a", 2 * s_second, s_never);
        using var b = Timer("b", 2 * s_second, s_never);
        using var c = Timer("c", s_second, s_second);
        Assert.True(a.Change(2 * s_second, s_never));

        _time.Advance(2 * s_second);

        Assert.Equal(["c@1", "b@2", "a@2", "c@2"], _log);
    }

    [Fact]
    public void A_period_of_zero_means_once()
    {
        using var timer = Timer("a", TimeSpan.Zero, TimeSpan.Zero);
        _time.Advance(s_second);
        Assert.Equal(["a@0"], _log);
    }

    [Fact]
    public void Fractions_of_a_millisecond_are_dropped_as_by_the_system_timer()
    {
        using var timer = _time.CreateTimer(_ => _log.Add($"{_time.GetTimestamp()}"), null, TimeSpan.FromTicks(19_999), TimeSpan.FromTicks(9_999));
        _time.Advance(s_second);
        Assert.Equal(["10000"], _log);
    }

    [Fact]
    public void Disposing_disarms_at_once_and_for_good()
    {
        var timer = Timer("a", s_second, s_second);

        timer.Dispose();
        timer.Dispose();

        Assert.Equal(0, _time.LiveTimers);
        Assert.False(timer.Change(s_second, s_second));
        _time.Advance(s_second);
        Assert.Empty(_log);
    }

    [Fact]
    public void Disposing_asynchronously_is_done_at_once()
    {
        var timer = Timer("a", s_second, s_second);
        var disposed = timer.DisposeAsync().AsTask();
        Assert.True(disposed.IsCompletedSuccessfully);
        Assert.Equal(0, _time.LiveTimers);
    }

    [Fact]
    public void An_infinite_due_time_disarms_and_a_change_arms_again()
    {
        using var timer = Timer("a", s_second, s_second);
        Assert.True(timer.Change(s_never, s_second));
        Assert.Equal(0, _time.LiveTimers);
        _time.Advance(s_second);

        Assert.True(timer.Change(s_second, s_never));
        _time.Advance(s_second);

        Assert.Equal(["a@2"], _log);
    }

    [Fact]
    public void A_callback_may_change_and_dispose_its_own_timer()
    {
        ITimer? timer = null;
        timer = _time.CreateTimer(_ =>
        {
            _log.Add($"{_time.GetElapsedTime(0).TotalSeconds}");
            if (_log.Count == 1)
                timer!.Change(5 * s_second, s_second);
            else
                timer!.Dispose();
        }, null, s_second, s_second);

        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(["1", "6"], _log);
        Assert.Equal(0, _time.LiveTimers);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(4_294_967_295)]
    public void Times_out_of_range_are_refused_as_by_the_system_timer(long milliseconds)
    {
        var wrong = TimeSpan.FromMilliseconds(milliseconds);
        Assert.Throws<ArgumentOutOfRangeException>("dueTime", () => Timer("a", wrong, s_never));
        Assert.Throws<ArgumentOutOfRangeException>("period", () => Timer("a", s_second, wrong));
        Assert.Throws<ArgumentOutOfRangeException>("dueTime", () => TimeProvider.System.CreateTimer(_ => { }, null, wrong, s_never));
        Assert.Equal(0, _time.LiveTimers);
    }

    [Fact]
    public void The_creators_execution_context_flows_unless_suppressed()
    {
        var ambient = new AsyncLocal<string> { Value = "creator" };
        using var flowing = _time.CreateTimer(_ => _log.Add(ambient.Value ?? "none"), null, s_second, s_never);
        ITimer suppressed;
        using (ExecutionContext.SuppressFlow())
            suppressed = _time.CreateTimer(_ => _log.Add(ambient.Value ?? "none"), null, s_second, s_never);

        _time.Advance(s_second);

        Assert.Equal(["creator", "none"], _log);
        suppressed.Dispose();
    }

    [Fact]
    public void Ten_thousand_timers_leave_in_order_and_nothing_behind()
    {
        var random = new Random(1);
        var due = new List<long>();
        var timers = Enumerable.Range(0, 10_000)
            .Select(_ => _time.CreateTimer(_ => due.Add(_time.GetTimestamp()), null, TimeSpan.FromMilliseconds(random.Next(1000)), s_never))
            .ToList();
        for (var i = 0; i < timers.Count; i += 2)
            timers[i].Dispose();
        Assert.Equal(5_000, _time.LiveTimers);

        _time.Advance(s_second);

        Assert.Equal(5_000, due.Count);
        Assert.Equal(due.Order(), due);
        Assert.Equal(0, _time.LiveTimers);
    }

    private ITimer Timer(string name, TimeSpan due, TimeSpan period) =>
        _time.CreateTimer(_ => _log.Add($"{name}@{_time.GetElapsedTime(0).TotalSeconds}"), null, due, period);
}
