using Zanshin.Receiving;

namespace Zanshin.Tests.Receiving;

/// <summary>How many receives are opened at once. SQS asks some of its servers only: of thousands of messages it often gives fewer than ten, and now and then none.</summary>
public class PollPaceTests
{
    [Fact]
    public void Fewer_messages_than_asked_for_raise_the_receives_where_more_have_waited()
    {
        var pace = new PollPace();
        foreach (int received in new[] { 7, 3, 9, 1 })
            pace.Answered(asked: 10, received, quick: true, backlog: true);
        Assert.Equal(4, pace.Polls);
    }

    [Fact]
    public void A_single_empty_answer_of_a_backlog_lowers_nothing_and_a_second_makes_the_queue_idle()
    {
        var pace = new PollPace();
        for (int i = 0; i < 4; i++)
            pace.Answered(10, 7, quick: true, backlog: true);
        pace.Answered(10, 0, quick: true, backlog: false);
        Assert.Equal((4, false), (pace.Polls, pace.Idle));
        pace.Answered(10, 0, quick: true, backlog: false);
        Assert.Equal((4, true), (pace.Polls, pace.Idle));
        pace.Answered(10, 0, quick: true, backlog: false);
        Assert.Equal(2, pace.Polls);
    }

    [Fact]
    public void What_came_just_now_or_was_waited_for_raises_nothing()
    {
        var pace = new PollPace();
        for (int i = 0; i < 10; i++)
        {
            pace.Answered(10, 7, quick: true, backlog: false);
            pace.Answered(10, 7, quick: false, backlog: true);
        }
        Assert.Equal((1, false), (pace.Polls, pace.Idle));
        pace.Answered(10, 0, quick: false, backlog: false);
        Assert.True(pace.Idle);
    }
}
