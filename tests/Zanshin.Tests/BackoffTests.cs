namespace Zanshin.Tests;

public class BackoffTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 10)]
    [InlineData(3, 60)]
    [InlineData(4, 60)]
    [InlineData(1_000_000, 60)]
    [InlineData(0, 1)]
    [InlineData(-5, 1)]
    public void A_list_gives_a_delay_per_attempt_and_its_last_one_ever_after(int attempt, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.Delays(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60)).After(attempt, null, 0.9));

    [Fact]
    public void A_function_knows_the_attempt_and_the_exception_and_without_an_answer_the_standard_holds()
    {
        var schedule = Backoff.Of(static (attempt, exception) => exception is TimeoutException ? TimeSpan.FromSeconds(attempt * 7) : null);
        Assert.Equal(TimeSpan.FromSeconds(21), schedule.After(3, new TimeoutException(), 0.5));
        Assert.Equal(Backoff.Standard.After(3, null, 0.5), schedule.After(3, new FormatException(), 0.5));
        Assert.Equal(Backoff.Standard.After(3, null, 0.5), schedule.After(3, null, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(2), Backoff.Of(static attempt => attempt == 1 ? TimeSpan.FromSeconds(2) : null).After(1, null, 0.5));
        Assert.Equal(Backoff.Standard.After(2, null, 0.5), Backoff.Of(static attempt => attempt == 1 ? TimeSpan.FromSeconds(2) : null).After(2, null, 0.5));
    }

    [Fact]
    public void Jitter_draws_between_a_second_and_the_delay()
    {
        Backoff schedule = Backoff.Delays(TimeSpan.FromSeconds(101)).WithJitter();
        Assert.Equal(TimeSpan.FromSeconds(1), schedule.After(1, null, 0));
        Assert.Equal(TimeSpan.FromSeconds(51), schedule.After(1, null, 0.5));
        Assert.InRange(schedule.After(1, null, 0.9999), TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(101));
        Assert.Equal(TimeSpan.FromSeconds(1), Backoff.Delays(TimeSpan.Zero).WithJitter().After(1, null, 0.7));
    }

    [Fact]
    public void An_empty_list_is_refused() => Assert.Throws<ArgumentException>(static () => Backoff.Delays());
}
