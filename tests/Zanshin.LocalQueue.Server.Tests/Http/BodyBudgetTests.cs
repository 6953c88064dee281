using Zanshin.LocalQueue.Server.Http;

namespace Zanshin.LocalQueue.Server.Tests.Http;

public sealed class BodyBudgetTests
{
    [Fact]
    public void Bodies_have_room_until_there_is_none_and_again_when_some_are_done()
    {
        var budget = new BodyBudget(10_000_000);
        Assert.True(budget.Take(7_000_000));
        Assert.False(budget.Take(7_000_000));
        Assert.True(budget.Take(3_000_000));
        Assert.False(budget.Take(70_000));
        budget.Return(7_000_000);
        Assert.True(budget.Take(7_000_000));
    }

    [Fact]
    public void Small_bodies_always_have_room()
    {
        var budget = new BodyBudget(1);
        for (var i = 0; i < 1000; i++) Assert.True(budget.Take(64 * 1024));
        budget.Return(64 * 1024);
        Assert.False(budget.Take(64 * 1024 + 1));
    }
}
