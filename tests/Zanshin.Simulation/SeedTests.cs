namespace Zanshin.Simulation;

/// <summary>
/// Many seeds. <c>ZANSHIN_SEEDS</c> says how many, <c>ZANSHIN_SEED</c> runs a single one, <c>ZANSHIN_FROM</c> where to begin.
/// </summary>
public class SeedTests
{
    private const int Parts = 8;

    private static readonly int s_seeds = Number("ZANSHIN_SEEDS") ?? 300;
    private static readonly int s_from = Number("ZANSHIN_FROM") ?? 1;
    private static readonly int? s_seed = Number("ZANSHIN_SEED");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void The_promises_hold_under_any_fault(int part)
    {
        List<string> broken = [];
        foreach (int seed in Seeds(part))
        {
            try
            {
                string log = Run.Seed(seed);
                if (seed % 20 == 0)
                    AssertSame(seed, log, Run.Seed(seed));
            }
            catch (BrokenPromiseException exception)
            {
                broken.Add(exception.Message);
                if (broken.Count == 3)
                    break;
            }
        }
        Assert.True(broken.Count == 0, string.Join("\n\n", broken));
    }

    private static IEnumerable<int> Seeds(int part) =>
        s_seed is { } one ? (part == 0 ? [one] : []) : Enumerable.Range(s_from, s_seeds).Where(seed => seed % Parts == part);

    private static void AssertSame(int seed, string one, string two)
    {
        if (one == two)
            return;
        int line = one.Split('\n').Zip(two.Split('\n')).TakeWhile(static l => l.First == l.Second).Count();
        throw new BrokenPromiseException($"Seed {seed} does not replay: line {line} differs:\n{one.Split('\n').ElementAtOrDefault(line)}\n{two.Split('\n').ElementAtOrDefault(line)}");
    }

    private static int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out int n) ? n : null;
}
