using System.Globalization;
using System.Net;
using System.Text;
using Zanshin.Tracing;
using Zanshin.Tracing.Watching;

namespace Zanshin.Cli.Watch;

/// <summary>One page with all that was seen: no script, nothing from elsewhere, every text encoded.</summary>
internal static class WatchReport
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #ffffff; --card: #f6f8fa; --good: #1a7f37; --bad: #cf222e; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #30363d; --paper: #0d1117; --card: #151b23; --good: #3fb950; --bad: #f85149; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 70rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
        h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
        p { margin: .25rem 0; } .soft { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); }
        code, pre { font: .875rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
        pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; white-space: pre-wrap; }
        .plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
        figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; }
        figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; } figcaption b { font-size: 1.05rem; } figcaption .state { flex-basis: 100%; }
        svg { display: block; width: 100%; height: auto; margin-top: .5rem; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); }
        .grid { stroke: var(--line); } .trend { fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linejoin: round; }
        .wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { text-align: right; padding: .4rem .75rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th:first-child, td:first-child, th:last-child, td:last-child { text-align: left; } th { font-weight: 600; color: var(--soft); }
        """;

    /// <exception cref="Refusal">It cannot be written.</exception>
    public static FileStream Create(string file)
    {
        if (Directory.Exists(file))
            throw new Refusal($"--report is '{file}', which is a directory: give a file, like {Path.Combine(file, "report.html")}.");
        try
        {
            // What was there stays until the new one is complete enough to be written.
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new Refusal($"--report cannot be written: {exception.Message}", exception);
        }
    }

    /// <exception cref="Refusal">The disk is full, or the like.</exception>
    public static async Task WriteAsync(FileStream file, int pid, ProcessWatch watch, TraceReport? trace)
    {
        try
        {
            file.SetLength(0);
            await file.WriteAsync(Encoding.UTF8.GetBytes(Page(pid, watch, trace)));
            await file.FlushAsync();
        }
        catch (IOException exception)
        {
            throw new Refusal($"the report could not be written: {exception.Message}", exception);
        }
        Console.Error.WriteLine(Printable.Line($"zanshin: the report is in {file.Name}"));
    }

    public static string Page(int pid, ProcessWatch watch, TraceReport? trace)
    {
        bool byMessages = watch.Messages is not null;
        bool grows = WatchWords.Reasons(watch.All).Count > 0;
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>zanshin watch: process {pid}</title>
            <style>
            {Style}
            </style>
            </head>
            <body><main>
            <h1 class="{(grows ? "bad" : "good")}">{Encoded(WatchWords.Verdict(watch))}</h1>
            <p class="soft">process {pid} <code>{Encoded(watch.Command)}</code></p>
            <p class="soft">watched for {WatchWords.Time(watch.Elapsed)}{(watch.Messages is { } n ? $", {n.ToString("N0", CultureInfo.InvariantCulture)} messages processed" : "")}, until {TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC</p>
            <h2>Against {(byMessages ? "messages processed" : "time")}</h2>
            <div class="plots">

            """);
        foreach (Series series in watch.All)
            page.Append(Figure(series, byMessages));
        page.Append("</div>\n");
        Findings(page, pid, watch, trace);
        Table(page, watch, byMessages);
        page.Append("""
            <h2>How to read this</h2>
            <p>A leak grows with the work done. The first quarter of each window of 48 looks is left out, for warming up; of the rest only the least values count, so
            that what comes and goes is none; they must rise, by more than their own noise, and no less in the later half. Two windows in a row must agree.
            Resident memory is shown, and is never a reason of its own.</p>

            """);
        foreach (string note in watch.Notes)
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">Note: {Encoded(note)}</p>\n");
        page.Append("</main></body>\n</html>\n");
        return page.ToString();
    }

    private static string Figure(Series series, bool byMessages)
    {
        const int width = 400, height = 150, left = 4, right = 396, top = 16, bottom = 128;
        List<Point> points = series.Points;
        double X(Point p) => byMessages ? p.Messages ?? 0 : p.At.TotalSeconds;
        double firstX = X(points[0]), lastX = Math.Max(X(points[^1]), firstX + 1e-9);
        double least = points.Min(static p => p.Value), most = points.Max(static p => p.Value);
        double span = most > least ? most - least : 1;
        int every = Math.Max(1, points.Count / right);
        string line = string.Join(' ', points.Where((_, i) => i % every == 0 || i == points.Count - 1).Select(p => string.Create(
            CultureInfo.InvariantCulture, $"{left + (right - left) * (X(p) - firstX) / (lastX - firstX):0.#},{bottom - (bottom - top) * (p.Value - least) / span:0.#}")));
        string end = byMessages ? string.Create(CultureInfo.InvariantCulture, $"{lastX:N0} messages") : WatchWords.Time(points[^1].At);
        return string.Create(CultureInfo.InvariantCulture, $"""
            <figure>
            <figcaption><b>{Encoded(series.Name)}</b><span>{Encoded(WatchWords.Value(series, series.Now))}</span><span class="state {(series.Grows ? "bad" : "soft")}">{Encoded(WatchWords.State(series, byMessages))}</span></figcaption>
            <svg viewBox="0 0 {width} {height}" role="img" aria-label="{Encoded($"{series.Name} from {WatchWords.Value(series, points[0].Value)} to {WatchWords.Value(series, series.Now)}")}" class="{(series.Grows ? "bad" : "good")}">
            <path class="grid" d="M{left} {top}H{right}M{left} {bottom}H{right}"/>
            <text x="{left}" y="{top - 4}">{Encoded(WatchWords.Value(series, most))}</text><text x="{left}" y="{height - 8}">{Encoded(WatchWords.Value(series, least))}</text>
            <text x="{right}" y="{height - 8}" text-anchor="end">{Encoded(end)}</text>
            <polyline class="trend" points="{line}"/>
            </svg>
            </figure>

            """);
    }

    private static void Findings(StringBuilder page, int pid, ProcessWatch watch, TraceReport? trace)
    {
        if (trace is { Findings.Count: > 0 })
        {
            page.Append("<h2>What begins it</h2>\n");
            foreach (TraceFinding finding in trace.Findings)
            {
                string per = finding.PerMessage is { } rate ? string.Create(CultureInfo.InvariantCulture, $", {rate:N2} per message") : "";
                page.Append(CultureInfo.InvariantCulture, $"<p><b>{Encoded(finding.What)}</b>: {finding.Alive:N0} of {finding.Begun:N0} still alive{per}</p>\n<pre>");
                for (int i = 0; i < finding.Frames.Count; i++)
                    page.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "at" : "&lt;-")} {Encoded(finding.Frames[i].ToString())}\n");
                page.Append("</pre>\n");
            }
        }
        else if (WatchWords.Reasons(watch.All) is [{ Kind: "heap" }])
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>What begins it</h2>\n<p>What grows on the heap, and what holds it: <code>zanshin heap {pid} --diff 30s</code></p>\n");
        }
    }

    private static void Table(StringBuilder page, ProcessWatch watch, bool byMessages)
    {
        page.Append("<h2>Figures</h2>\n<div class=\"wide\"><table>\n<tr><th></th><th>first</th><th>least</th><th>most</th><th>last</th><th>verdict</th></tr>\n");
        foreach (Series series in watch.All)
        {
            string[] values = [.. new[] { series.Points[0].Value, series.Points.Min(static p => p.Value), series.Points.Max(static p => p.Value), series.Now }
                .Select(v => $"<td>{Encoded(WatchWords.Value(series, v))}</td>")];
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Encoded(series.Name)}</td>{string.Concat(values)}<td>{Encoded(WatchWords.State(series, byMessages))}</td></tr>\n");
        }
        page.Append("</table></div>\n");
    }

    private static string Encoded(string text) => WebUtility.HtmlEncode(Printable.Line(text));
}
