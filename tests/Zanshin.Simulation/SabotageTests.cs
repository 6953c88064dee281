namespace Zanshin.Simulation;

/// <summary>The simulation can fail: each lie or fault that the worker does not promise to survive is found within a few seeds.</summary>
[Zanshin.Tests.LeavesSomething("a sabotaged worker loses runs with all they began")]
public class SabotageTests
{
    private const int Enough = 120;

    [Theory]
    [InlineData(nameof(Sabotage.DeletesAnother), "is deleted, and neither done nor copied")]
    [InlineData(nameof(Sabotage.DoneUnnoted), "is deleted, and neither done nor copied")]
    [InlineData(nameof(Sabotage.RejectUnnoted), "was not rejected")]
    [InlineData(nameof(Sabotage.CountsTwice), "twice at once")]
    [InlineData(nameof(Sabotage.ReversesFifo), "before")]
    [InlineData(nameof(Sabotage.ConfirmsOnly), "believes in its lease")]
    [InlineData(nameof(Sabotage.DatesAnew), "believes in its lease")]
    [InlineData(nameof(Sabotage.StandsStillUnseen), "believes in its lease")]
    [InlineData(nameof(Sabotage.LosesRun), "handlers are inside")]
    [InlineData(nameof(Sabotage.RetriesSooner), "before its retry is due")]
    [InlineData(nameof(Sabotage.QuietUntold), "while it is quiet")]
    [InlineData(nameof(Sabotage.StopUntold), "after its stop")]
    [InlineData(nameof(Sabotage.OrphanUnnoted), "leaves something behind")]
    [InlineData(nameof(Sabotage.HangsUntold), "nobody received them")]
    [InlineData(nameof(Sabotage.LeavesTimer), "timers are left")]
    [InlineData(nameof(Sabotage.ReversesBatch), "before")]
    [InlineData(nameof(Sabotage.MixesUpBatch), "is deleted, and neither done nor copied")]
    [InlineData(nameof(Sabotage.LosesOneOfBatch), "messages are inside")]
    [InlineData(nameof(Sabotage.KeepsRoom), "has had a free slot")]
    [InlineData(nameof(Sabotage.Unreplayable), "does not replay")]
    public void Is_found(string sabotage, string broken)
    {
        List<string> others = [];
        for (int seed = 1; seed <= Enough; seed++)
        {
            try
            {
                SeedTests.Play(seed, twice: sabotage == nameof(Sabotage.Unreplayable), Enum.Parse<Sabotage>(sabotage));
            }
            catch (BrokenPromiseException found) when (found.Message.Contains(broken, StringComparison.Ordinal))
            {
                Assert.Contains($"Seed {seed}", found.Message, StringComparison.Ordinal);
                return;
            }
            catch (BrokenPromiseException other)
            {
                others.Add(other.Message.Split('\n')[0]);
            }
        }
        Assert.Fail($"Not found in {Enough} seeds, but:\n{string.Join('\n', others)}");
    }

    [Fact]
    public void A_failing_seed_says_all_that_is_needed_to_see_it_again()
    {
        BrokenPromiseException found = Assert.Throws<BrokenPromiseException>(() => SeedTests.Play(1, twice: false, Sabotage.DoneUnnoted));

        Assert.StartsWith("Seed 1: ", found.Message, StringComparison.Ordinal);
        Assert.Contains($"\nPlan: {new Plan(1)}", found.Message, StringComparison.Ordinal);
        Assert.Contains("BROKEN: ", found.Message, StringComparison.Ordinal);
        Assert.EndsWith("Again: ZANSHIN_SEED=1 dotnet test --project tests/Zanshin.Simulation", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Seeds_are_played_once_each_by_any_number_of_threads_until_a_few_have_failed()
    {
        List<int> played = [];
        var all = new ManySeeds(10, 50, TimeSpan.FromMinutes(1), seed =>
        {
            lock (played)
                played.Add(seed);
        });
        Assert.Empty(all.Run(4));
        Assert.Equal(Enumerable.Range(10, 50), played.Order());

        var failing = new ManySeeds(1, 1000, TimeSpan.FromMinutes(1), static seed => throw new BrokenPromiseException($"{seed}"));
        Assert.InRange(failing.Run(2).Count, 3, 4);
    }
}
