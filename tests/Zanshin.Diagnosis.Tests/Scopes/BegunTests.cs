using Zanshin.Diagnosis.Findings;
using Zanshin.Diagnosis.Scopes;
using Zanshin.Diagnosis.Sites;

namespace Zanshin.Diagnosis.Tests.Scopes;

public class BegunTests
{
    // On a machine that was busy the thread was all that was known, and the same bug had another finding, or none with a line.
    [Fact]
    public void A_long_running_task_is_one_site_whether_its_thread_or_the_task_was_traced()
    {
        using LeakScope scope = LeakScope.Begin("message 1");
        var task = Start.Of(BeginKind.Task, "Task: <Begin>b__0_0", Frames(), anyLines: true);
        var thread = new Begun(BeginKind.Thread, Begun.LongRunningTask, scope, stack: null);
        thread.TaskStartedAt(Frames());
        Assert.Equal(BeginKind.Task, thread.Start.Kind);
        Assert.Equal(task.Fingerprint, thread.Start.Fingerprint);

        thread.StartedAt(Frames());
        Assert.NotEqual(task.Fingerprint, thread.Start.Fingerprint);
    }

    private static List<Frame> Frames() => [new(MethodName.Of("Orders.Watcher", "Begin"), Origin.User, "Orders", "Watcher.cs", 11)];
}
