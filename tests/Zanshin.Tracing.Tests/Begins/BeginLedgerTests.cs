using Zanshin.Diagnosis.Findings;
using Zanshin.Tracing.Begins;

namespace Zanshin.Tracing.Tests.Begins;

public class BeginLedgerTests
{
    private static readonly ulong[] Stack = [1, 2, 3];

    private readonly BeginLedger _ledger = new(Environment.ProcessId, keepChanges: true);

    [Fact]
    public void A_timer_that_is_armed_again_was_begun_once()
    {
        _ledger.Began(BeginKind.Timer, 7, "", Stack, Guid.Empty, 100);
        _ledger.Began(BeginKind.Timer, 7, "", [9], Guid.Empty, 200);
        Assert.Equal(new TraceCount(1, 1), _ledger.Picture().Count(BeginKind.Timer));
    }

    [Fact]
    public void A_timer_that_the_look_does_not_find_has_ended_unless_it_was_just_begun()
    {
        _ledger.Began(BeginKind.Timer, 1, "", Stack, Guid.Empty, 100);
        _ledger.Began(BeginKind.Timer, 2, "", Stack, Guid.Empty, 100);
        _ledger.Began(BeginKind.Timer, 3, "", Stack, Guid.Empty, 990);
        _ledger.Look(timers: new HashSet<int> { 2 }, before: 1000, at: 1000);
        Assert.Equal([2, 3], _ledger.Picture().Alive.Select(static b => b.Key).Order());
    }

    [Fact]
    public void An_operation_ends_by_its_id()
    {
        _ledger.Began(BeginKind.Async, 5, "<A>d__1", Stack, Guid.Empty, 0);
        _ledger.Ended(BeginKind.Async, 5, 10);
        Assert.Equal(new TraceCount(1, 0), _ledger.Picture().Count(BeginKind.Async));
        Assert.Equal([false, true], _ledger.TakeChanges().Select(static c => c.Ended));
        Assert.Empty(_ledger.TakeChanges());
    }

    [Fact]
    public void A_thread_whose_id_is_gone_has_ended_and_one_that_never_ran_is_not_alive()
    {
        Assert.SkipUnless(TaskTable.IsHere, "There is no /proc.");
        int here = TaskTable.Ids(Environment.ProcessId)!.First();
        _ledger.Began(BeginKind.Thread, 1, "", Stack, Guid.Empty, 0);
        _ledger.Runs(1, here, 1);
        _ledger.Began(BeginKind.Thread, 2, "", Stack, Guid.Empty, 0);
        Assert.Equal([here], _ledger.Picture().Alive.Select(static b => b.ThreadId));

        _ledger.Look([here], 2, compareStarts: true);
        Assert.Equal(1, _ledger.Picture().Count(BeginKind.Thread).Alive);
        _ledger.Look([], 3, compareStarts: false);
        Assert.Equal(new TraceCount(2, 0), _ledger.Picture().Count(BeginKind.Thread));
    }

    [Fact]
    public void What_begins_in_a_messages_course_belongs_to_it_and_later_begins_do_not()
    {
        var activity = Guid.NewGuid();
        _ledger.MessageBegan(activity, "m-1", 0);
        _ledger.Began(BeginKind.Async, 1, "", Stack, activity, 10);
        _ledger.MessageEnded(activity, 20);
        _ledger.Began(BeginKind.Async, 2, "", Stack, activity, 30);
        BeginPicture picture = _ledger.Picture();
        Assert.Equal("m-1", picture.Alive.Single(static b => b.Key == 1).Mark?.Id);
        Assert.Equal(20, picture.Alive.Single(static b => b.Key == 1).Mark?.End);
        Assert.Null(picture.Alive.Single(static b => b.Key == 2).Mark);
        Assert.Equal(1, picture.Messages!.Before(1000));
    }
}
