namespace Zanshin.Bench.Harness;

internal static class Percentile
{
    /// <param name="values">Sorted here.</param>
    /// <param name="share">0.5 for the median.</param>
    public static double Of(List<double> values, double share)
    {
        if (values.Count == 0)
            return double.NaN;
        values.Sort();
        return values[Math.Min(values.Count - 1, (int)Math.Ceiling(share * values.Count) - 1 is >= 0 and var i ? i : 0)];
    }

    public static double Median(List<double> values) => values.Count % 2 == 1 || values.Count == 0
        ? Of(values, 0.5)
        : (Of(values, 0.5) + values[values.Count / 2]) / 2;
}
