namespace Zanshin.Testing.Tests;

public sealed class VirtualTimeClockTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly VirtualTime _time = new();

    [Fact]
    public void It_starts_where_told_and_reads_utc()
    {
        var time = new VirtualTime(new DateTimeOffset(2030, 5, 6, 12, 0, 0, TimeSpan.FromHours(2)));

        Assert.Equal(new DateTimeOffset(2030, 5, 6, 10, 0, 0, TimeSpan.Zero), time.GetUtcNow());
        Assert.Equal(TimeSpan.Zero, time.GetUtcNow().Offset);
        Assert.Equal(TimeZoneInfo.Utc, time.LocalTimeZone);
        Assert.Equal(s_start, _time.GetUtcNow());
    }

    [Fact]
    public void It_moves_only_when_told()
    {
        var from = _time.GetTimestamp();

        _time.Advance(TimeSpan.FromTicks(15_000_001));

        Assert.Equal(TimeSpan.FromTicks(15_000_001), _time.GetElapsedTime(from));
        Assert.Equal(s_start.AddTicks(15_000_001), _time.GetUtcNow());
        Assert.Equal(10_000_000, _time.TimestampFrequency);
    }

    [Fact]
    public void A_wall_clock_jump_moves_neither_timestamps_nor_timers()
    {
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);

        _time.JumpWallClock(TimeSpan.FromHours(1));
        Assert.Equal(s_start.AddHours(1), _time.GetUtcNow());
        Assert.Equal(0, _time.GetTimestamp());

        _time.JumpWallClock(TimeSpan.FromHours(-3));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, fired);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, fired);
        Assert.Equal(s_start.AddHours(-2).AddSeconds(10), _time.GetUtcNow());
    }

    [Fact]
    public void A_jump_out_of_range_changes_nothing()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _time.JumpWallClock(TimeSpan.MaxValue));
        Assert.Equal(s_start, _time.GetUtcNow());
    }

    [Fact]
    public void It_does_not_go_back() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _time.Advance(TimeSpan.FromTicks(-1)));
}
