using System.Diagnostics;
using Zanshin.Diagnosis.Scopes;

namespace Zanshin.Diagnosis.Tests.Scopes;

public class WorkerFeedTests
{
    [Fact]
    public void A_message_has_its_scope_from_its_start_to_its_stop()
    {
        using IDisposable feed = WorkerFeed.Listening.Open();
        using var worker = new DiagnosticListener("Zanshin");
        LeakScope? outer = LeakScope.Current;
        worker.Write("Zanshin.Message.Start", (new object(), "m1", new object()));
        LeakScope scope = LeakScope.Current!;
        Assert.Equal(("m1", false), (scope.Id, scope.HasEnded));
        worker.Write("Zanshin.Message.Stop", "m1");
        Assert.True(scope.HasEnded);
        Assert.NotSame(scope, LeakScope.Current);
        Assert.False(outer?.HasEnded);
    }

    [Fact]
    public void One_that_began_before_anybody_listened_ends_no_scope_of_others()
    {
        using IDisposable feed = WorkerFeed.Listening.Open();
        using var worker = new DiagnosticListener("Zanshin");
        using LeakScope mine = LeakScope.Begin("mine");
        worker.Write("Zanshin.Message.Stop", "m1");
        Assert.False(mine.HasEnded);
        Assert.Same(mine, LeakScope.Current);
    }
}
