using Zanshin.Dispatching;

namespace Zanshin.Tests.Dispatching;

public class RememberedIdsTests
{
    [Fact]
    public void An_id_is_forgotten_after_an_hour()
    {
        var ids = new RememberedIds();
        ids.Add("a", TimeSpan.FromHours(1));
        Assert.True(ids.Contains("a", TimeSpan.FromHours(2)));
        Assert.False(ids.Contains("a", TimeSpan.FromHours(2.1)));
        ids.Add("a", TimeSpan.FromHours(3));
        Assert.True(ids.Contains("a", TimeSpan.FromHours(4)));
    }
}
