using Zanshin.Tracing.Watching;

namespace Zanshin.Cli.Watch;

/// <summary>A series in one line of text: each character the middle of what fell into it, between the least and the most.</summary>
internal static class Plot
{
    private const string Blocks = "▁▂▃▄▅▆▇█";

    public static string Of(IReadOnlyList<Point> points, int width)
    {
        int columns = Math.Min(width, points.Count);
        if (columns == 0)
            return "";
        var values = new double[columns];
        for (int column = 0; column < columns; column++)
        {
            int from = points.Count * column / columns, to = Math.Max(from + 1, points.Count * (column + 1) / columns);
            double sum = 0;
            for (int i = from; i < to; i++)
                sum += points[i].Value;
            values[column] = sum / (to - from);
        }
        double least = values.Min(), span = values.Max() - least;
        return string.Concat(values.Select(v => Blocks[span <= 0 ? 0 : (int)Math.Round((v - least) / span * (Blocks.Length - 1))]));
    }
}
