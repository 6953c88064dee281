using Zanshin.Cli.Demo;

namespace Zanshin.Cli.Tests.Demo;

/// <summary>What the demo would say of a worker that leaks: the count must see it, or its zero means nothing.</summary>
[Collection("counts threads")]
public class LeftoversTests
{
    private static readonly WorkerStatus Clean = Status(tasks: 0, running: 0);

    [Fact]
    public async Task Nothing_is_left_when_nothing_was_begun()
    {
        Leftovers baseline = await Leftovers.AtRestAsync();
        LeftBehind left = await baseline.SinceAsync(Clean, inFlight: 0);
        Assert.Equal(OperatingSystem.IsLinux() ? 0 : null, left.Threads);
        Assert.True(left.IsNothing, left.ToString());
    }

    // As the leak of the README's story: begun by a handler, on a pool thread, whose name it inherits.
    [Fact]
    public async Task A_thread_without_a_name_that_a_handler_began_is_seen()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Threads are counted from /proc.");
        Leftovers baseline = await Leftovers.AtRestAsync();
        using var end = new ManualResetEventSlim();
        await Task.Yield();
        var leaked = new Thread(end.Wait) { IsBackground = true };
        leaked.Start();

        LeftBehind left = await baseline.SinceAsync(Clean, inFlight: 0);
        end.Set();
        leaked.Join();

        Assert.Equal(1, left.Threads);
        Assert.False(left.IsNothing);
    }

    [Fact]
    public async Task A_timer_that_goes_on_is_seen()
    {
        Leftovers baseline = await Leftovers.AtRestAsync();
        LeftBehind left;
        await using (TimeProvider.System.CreateTimer(static _ => { }, null, TimeSpan.FromHours(1), TimeSpan.FromHours(1)))
            left = await baseline.SinceAsync(Clean, inFlight: 0);
        Assert.InRange(left.Timers, 1, 3);
        Assert.False(left.IsNothing);
    }

    [Fact]
    public async Task What_the_worker_and_the_queue_still_hold_is_counted()
    {
        Leftovers baseline = await Leftovers.AtRestAsync();
        LeftBehind left = await baseline.SinceAsync(Status(tasks: 3, running: 2), inFlight: 4);
        Assert.Equal((3L, 2, 4), (left.Tasks, left.Slots, left.Leases));
    }

    private static WorkerStatus Status(long tasks, int running) => new()
    {
        State = WorkerState.Stopped,
        Concurrency = 10,
        Groups = [],
        SlotsUsed = running,
        SlotsLost = 0,
        Running = running,
        Waiting = 0,
        Settling = 0,
        TasksAlive = tasks,
        Sound = true,
        Queues = [],
    };
}
