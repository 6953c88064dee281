using Zanshin.Dispatching;

namespace Zanshin.Tests.Dispatching;

public class StrategyTests
{
    [Fact]
    public void A_token_bucket_gives_a_second_s_worth_and_then_one_by_one()
    {
        var bucket = new TokenBucket(4);
        int given = 0;
        for (TimeSpan now = TimeSpan.FromHours(1); now < TimeSpan.FromHours(1) + TimeSpan.FromSeconds(10); now += TimeSpan.FromMilliseconds(10))
        {
            while (bucket.Allows(now, out TimeSpan again))
            {
                bucket.Take();
                given++;
            }
            Assert.InRange(bucket.Allows(now, out TimeSpan at) ? now : at, now, now + TimeSpan.FromMilliseconds(251));
        }
        Assert.InRange(given, 43, 44);
    }

    [Fact]
    public void A_token_bucket_of_less_than_one_a_second_keeps_one()
    {
        var bucket = new TokenBucket(0.1);
        Assert.True(bucket.Allows(TimeSpan.Zero, out _));
        bucket.Take();
        Assert.False(bucket.Allows(TimeSpan.FromSeconds(1), out TimeSpan again));
        Assert.Equal(10, again.TotalSeconds, 3);
        Assert.True(bucket.Allows(again, out _));
        bucket.Take();
        Assert.True(bucket.Allows(TimeSpan.FromHours(5), out _));
        bucket.Take();
        Assert.False(bucket.Allows(TimeSpan.FromHours(5), out _));
    }

    [Fact]
    public void A_bucket_without_a_limit_refuses_nothing_and_one_that_gets_a_limit_is_full()
    {
        var bucket = new TokenBucket(null);
        for (int i = 0; i < 1_000; i++)
        {
            Assert.True(bucket.Allows(TimeSpan.Zero, out _));
            bucket.Take();
        }
        bucket.PerSecond = 2;
        Assert.True(bucket.Allows(TimeSpan.Zero, out _));
        bucket.Take();
        Assert.True(bucket.Allows(TimeSpan.Zero, out _));
        bucket.Take();
        Assert.False(bucket.Allows(TimeSpan.Zero, out _));
        bucket.PerSecond = null;
        Assert.True(bucket.Allows(TimeSpan.Zero, out _));
    }
}
