using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Flat;

/// <summary>The first and the last tenth of the looks, by their medians.</summary>
internal sealed class Tenths(List<Look> looks)
{
    private readonly List<Look> _first = looks[..(looks.Count / 10)];
    private readonly List<Look> _last = looks[^(looks.Count / 10)..];

    /// <param name="most">How much more the last may show and still count as flat; null for a figure without a goal.</param>
    public string[] Row(string name, Func<Look, double> of, string format, double? most, Report report)
    {
        double first = Percentile.Median([.. _first.Select(of)]), last = Percentile.Median([.. _last.Select(of)]);
        return
        [
            name, Report.Number(first, format), Report.Number(last, format), most is null ? "" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"at most {most} more"),
            most is null ? "" : report.Goal(last - first <= most),
        ];
    }
}
