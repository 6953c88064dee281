using Zanshin.Timing;

namespace Zanshin.Tests.Timing;

public class SurroundingsTests
{
    [Fact]
    public async Task What_is_begun_does_not_stay_on_its_starters_scheduler()
    {
        var surroundings = Surroundings.Production(TimeProvider.System);
        var starters = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        TaskScheduler? seen = null;
        await Task.Factory.StartNew(
            () => surroundings.Begin(0, _ =>
            {
                seen = TaskScheduler.Current;
                return Task.CompletedTask;
            }),
            CancellationToken.None, TaskCreationOptions.None, starters).Unwrap();

        Assert.Same(TaskScheduler.Default, seen);
        Assert.Equal(0, surroundings.Alive);
    }
}
