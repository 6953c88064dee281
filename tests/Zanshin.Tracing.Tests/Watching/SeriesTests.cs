using Zanshin.Diagnosis.Watching;
using Zanshin.Tracing.Watching;

namespace Zanshin.Tracing.Tests.Watching;

public class SeriesTests
{
    private readonly Series _series = new("threads", "threads");

    [Fact]
    public void What_rises_with_every_message_grows()
    {
        for (int i = 0; i < Counter.LooksForVerdict; i++)
            Look(i, i, 10 + i);
        Assert.True(_series.Grows);
        Assert.Equal(1, _series.PerX, 3);
        Assert.Equal(95, _series.Change);
    }

    [Fact]
    public void Looks_without_new_messages_are_shown_and_do_not_count()
    {
        for (int i = 0; i < 200; i++)
            Look(i, messages: 5, value: i);
        Assert.Equal(1, _series.Looks);
        Assert.False(_series.IsJudged);
        Assert.Equal(200, _series.Points.Count);
    }

    [Fact]
    public void Begun_again_it_has_no_verdict()
    {
        for (int i = 0; i < Counter.LooksForVerdict; i++)
            Look(i, i, i);
        _series.BeginAgain();
        Assert.Equal((0, false, false), (_series.Looks, _series.Grows, _series.IsJudged));
    }

    [Fact]
    public void A_very_long_watch_keeps_its_beginning_and_its_end()
    {
        for (int i = 0; i <= 50_000; i++)
            Look(i, i, i);
        Assert.InRange(_series.Points.Count, 10_000, 20_000);
        Assert.Equal((0, 50_000), (_series.Points[0].Value, _series.Now));
        Assert.Equal(_series.Points.Select(static p => p.Value).Order(), _series.Points.Select(static p => p.Value));
    }

    private void Look(int second, long messages, double value) => _series.Add(TimeSpan.FromSeconds(second), messages, value, messages);
}
