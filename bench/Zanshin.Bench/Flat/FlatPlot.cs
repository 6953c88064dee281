using System.Globalization;
using System.Text;

namespace Zanshin.Bench.Flat;

/// <summary>Threads, timers and heap over the messages: three panels under each other, as SVG.</summary>
internal static class FlatPlot
{
    private const int Width = 760, Panel = 150, Left = 60, Right = 20, Top = 34;

    public static string Draw(List<Look> looks, int messages)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {3 * Panel + 40}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        Add(svg, 0, "threads", looks, messages, static l => l.Threads, "0");
        Add(svg, 1, "timers", looks, messages, static l => l.Timers, "0");
        Add(svg, 2, "heap after GC, MiB", looks, messages, static l => l.HeapBytes / 1048576.0, "0.0");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width / 2}\" y=\"{3 * Panel + 30}\" text-anchor=\"middle\" fill=\"#333\">messages handled, 0 to {messages:#,##0}</text>\n</svg>\n");
        return svg.ToString();
    }

    private static void Add(StringBuilder svg, int panel, string name, List<Look> looks, int messages, Func<Look, double> of, string format)
    {
        double most = Math.Max(1, looks.Max(of) * 1.15);
        int top = panel * Panel + Top, bottom = (panel + 1) * Panel - 4;
        double X(Look look) => Left + (Width - Left - Right) * (double)look.Messages / messages;
        double Y(double value) => bottom - (bottom - top) * value / most;
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{top - 8}\" fill=\"#333\">{name}</text>\n");
        foreach (double value in new[] { 0, most / 2, most })
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(value):0.0}\" y2=\"{Y(value):0.0}\" stroke=\"#ddd\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{Y(value) + 4:0.0}\" text-anchor=\"end\" fill=\"#666\">{value.ToString(format, CultureInfo.InvariantCulture)}</text>\n");
        }
        svg.Append("<polyline fill=\"none\" stroke=\"#2563a8\" stroke-width=\"1.5\" points=\"");
        foreach (Look look in looks)
            svg.Append(CultureInfo.InvariantCulture, $"{X(look):0.0},{Y(of(look)):0.0} ");
        svg.Length--;
        svg.Append("\"/>\n");
    }
}
