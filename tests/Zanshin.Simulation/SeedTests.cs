using System.Globalization;

namespace Zanshin.Simulation;

/// <summary>
/// Many seeds, on all processors. <c>ZANSHIN_SEEDS</c> says how many, <c>ZANSHIN_FROM</c> where to begin, <c>ZANSHIN_SEED</c> plays a
/// single one, <c>ZANSHIN_SECONDS</c> begins no more after so long; <c>ZANSHIN_LOG</c> is a file for the events of the last one.
/// </summary>
public class SeedTests(ITestOutputHelper output)
{
    /// <summary>Played twice, and their logs compared.</summary>
    private const int Twice = 20;

    [Fact]
    public void The_promises_hold_under_any_fault()
    {
        int from = Number("ZANSHIN_SEED") ?? Number("ZANSHIN_FROM") ?? 1;
        int seeds = Number("ZANSHIN_SEED") is null ? Number("ZANSHIN_SEEDS") ?? 2_000 : 1;
        var time = TimeSpan.FromSeconds(Number("ZANSHIN_SECONDS") ?? int.MaxValue);
        var many = new ManySeeds(from, seeds, time, seed => Play(seed, twice: seeds == 1 || seed % Twice == 0));

        IReadOnlyList<string> broken = many.Run(Environment.ProcessorCount);

        string done = string.Create(CultureInfo.InvariantCulture, $"{many.Played:N0} seeds from {from} in {many.Took.TotalSeconds:0} s");
        output.WriteLine(done);
        Assert.True(broken.Count == 0, string.Join("\n\n", broken.Append(done)));
    }

    internal static void Play(int seed, bool twice, Sabotage sabotage = Sabotage.None)
    {
        string log = Run.Seed(seed, sabotage);
        if (twice)
            AssertSame(seed, log, Run.Seed(seed, sabotage));
    }

    private static void AssertSame(int seed, string one, string two)
    {
        if (one == two)
            return;
        string[] first = one.Split('\n'), second = two.Split('\n');
        int line = first.Zip(second).TakeWhile(static l => l.First == l.Second).Count();
        throw new BrokenPromiseException($"Seed {seed} does not replay: line {line} differs:\n{first.ElementAtOrDefault(line)}\n{second.ElementAtOrDefault(line)}");
    }

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out int n) ? n : null;
}
