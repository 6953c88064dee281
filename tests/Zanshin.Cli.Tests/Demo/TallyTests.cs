using Zanshin.Cli.Demo;

namespace Zanshin.Cli.Tests.Demo;

public class TallyTests
{
    [Fact]
    public void A_message_that_comes_twice_is_one_message_two_runs_and_one_redelivery()
    {
        var tally = new Tally(expected: 2);
        Run(tally, "a", attempt: 1);
        Run(tally, "a", attempt: 2);
        Assert.False(tally.All.IsCompleted);
        Run(tally, "b", attempt: 1);

        TallyResult result = tally.Result();
        Assert.True(tally.All.IsCompleted);
        Assert.Equal((3, 2, 1), (result.Processed, result.Distinct, result.Redelivered));
        Assert.Equal(2, result.ByType["order"].Count);
    }

    [Fact]
    public void A_second_run_is_a_redelivery_whatever_its_attempt_says_and_though_the_first_never_ended()
    {
        var tally = new Tally(expected: 1);
        tally.Began("a", attempt: 1);
        tally.Began("a", attempt: 1);
        Assert.Equal(1, tally.Result().Redelivered);
    }

    private static void Run(Tally tally, string id, int attempt)
    {
        tally.Began(id, attempt);
        tally.Ended(id, "order", "");
    }
}
