namespace Zanshin.Tests;

public class OutcomeTests
{
    [Fact]
    public void A_thousand_characters_of_a_reason_are_kept_and_none_is_cut_in_half()
    {
        Assert.Equal(new string('x', 1000), Outcome.Reject(new string('x', 1000)).Reason);
        Assert.Equal(new string('x', 1000), Outcome.Reject(new string('x', 5000)).Reason);
        // Two of UTF-16's units.
        Assert.Equal(new string('x', 999), Outcome.Reject(new string('x', 999) + "😀" + new string('y', 50)).Reason);
    }

    [Fact]
    public void A_delay_that_sqs_does_not_have_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(static () => Outcome.Retry(TimeSpan.FromSeconds(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(static () => Outcome.Retry(TimeSpan.FromHours(12) + TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromHours(12), Outcome.Retry(TimeSpan.FromHours(12)).Delay);
    }
}
