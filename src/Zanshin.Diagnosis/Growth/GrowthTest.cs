namespace Zanshin.Diagnosis.Growth;

/// <summary>
/// Whether a count grows with the work done, as a leak does, and not as a warm-up, a load or a sawtooth does. Pure.
/// <list type="number">
/// <item>The first quarter is left out: processes grow while they warm up.</item>
/// <item>The rest is cut into 12 blocks, and of each only the least value counts: what a collection or a quiet moment takes away is no leak.</item>
/// <item>The blocks must rise (Mann-Kendall, one-sided, 0.1 %), by more than a few and more than their own noise (Theil-Sen).</item>
/// <item>The later half must rise at least 0.4 times as steeply as the earlier: a warm-up that levels off does not.</item>
/// </list>
/// One window still takes a slow random walk or the rise of a day's load for a leak now and then: two in a row must agree (<see cref="GrowthWatch"/>).
/// x is the number of messages processed, not time.
/// </summary>
internal static class GrowthTest
{
    /// <summary>Fewer looks say nothing.</summary>
    public const int FewestLooks = 48;

    private const int Blocks = 12;
    private const double WarmUp = 0.25;
    private const double Level = 0.4;

    /// <summary>A one-sided 0.1 % of the normal distribution.</summary>
    private const double Critical = 3.09;

    /// <summary>A rise of less over a whole window is nothing that anybody needs to be told.</summary>
    private const double LeastRise = 3;

    public static GrowthVerdict Judge(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"There are {x.Length} places and {y.Length} values.", nameof(y));
        if (x.Length < FewestLooks)
            return default;
        int skipped = (int)(x.Length * WarmUp);
        (double[] at, double[] floor) = Floors(x[skipped..], y[skipped..]);
        double slope = Slope(at, floor);
        double rise = slope * (at[^1] - at[0]);
        bool grows = Score(floor) >= Critical && rise >= Math.Max(LeastRise, 2 * Noise(at, floor, slope))
            && Slope(at.AsSpan(Blocks / 2), floor.AsSpan(Blocks / 2)) >= Level * Slope(at.AsSpan(0, Blocks / 2), floor.AsSpan(0, Blocks / 2));
        return new(grows, slope);
    }

    private static (double[] At, double[] Floor) Floors(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var at = new double[Blocks];
        var floor = new double[Blocks];
        for (int block = 0; block < Blocks; block++)
        {
            int from = x.Length * block / Blocks, to = x.Length * (block + 1) / Blocks;
            (at[block], floor[block]) = ((x[from] + x[to - 1]) / 2, double.PositiveInfinity);
            foreach (double value in y[from..to])
                floor[block] = Math.Min(floor[block], value);
        }
        return (at, floor);
    }

    // Mann-Kendall: how many pairs rise, less how many fall, in standard deviations; ties make the deviation smaller.
    private static double Score(ReadOnlySpan<double> values)
    {
        int n = values.Length, sum = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = i + 1; j < n; j++)
                sum += Math.Sign(values[j] - values[i]);
        }
        double variance = n * (n - 1) * (2.0 * n + 5);
        foreach (IGrouping<double, double> tie in values.ToArray().GroupBy(static v => v))
        {
            int t = tie.Count();
            variance -= t * (t - 1) * (2.0 * t + 5);
        }
        return variance <= 0 ? 0 : (sum - Math.Sign(sum)) / Math.Sqrt(variance / 18);
    }

    // Theil-Sen: the median of the slopes of all pairs, which single outliers do not move.
    private static double Slope(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        List<double> slopes = [];
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = i + 1; j < x.Length; j++)
            {
                if (x[j] > x[i])
                    slopes.Add((y[j] - y[i]) / (x[j] - x[i]));
            }
        }
        return Median(slopes);
    }

    private static double Noise(double[] x, double[] y, double slope)
    {
        double middle = Median([.. y.Select((value, i) => value - slope * x[i])]);
        return 1.4826 * Median([.. y.Select((value, i) => Math.Abs(value - slope * x[i] - middle))]);
    }

    private static double Median(List<double> values)
    {
        if (values.Count == 0)
            return 0;
        values.Sort();
        int middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
