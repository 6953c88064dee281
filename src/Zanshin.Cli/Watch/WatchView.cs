using System.Globalization;
using Spectre.Console;
using Zanshin.Cli.Trace;
using Zanshin.Tracing;
using Zanshin.Tracing.Watching;

namespace Zanshin.Cli.Watch;

/// <summary>The watch in the terminal: a table that is drawn anew at every look, or a line now and then where there is no terminal.</summary>
internal sealed class WatchView(ProcessWatch watch, int pid, bool quiet)
{
    private const int PlotWidth = 48;
    private const int NarrowPlot = 24;
    private const int LongestCommand = 90;

    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    private readonly bool _live = !quiet && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;
    private TimeSpan _nextLine;

    /// <summary>Runs what looks; it is given what to call after each look.</summary>
    public async Task RunAsync(Func<Action, Task> looks)
    {
        if (_live)
        {
            await AnsiConsole.Live(new Markup("")).StartAsync(async context => await looks(() =>
            {
                context.UpdateTarget(new Rows(new Text(Heading()), Table()));
                context.Refresh();
            }));
        }
        else
        {
            await looks(Line);
        }
    }

    /// <summary>All that was seen.</summary>
    public void Summary(TraceReport? trace)
    {
        if (!_live)
            Console.Write(Text());
        Console.WriteLine();
        Console.WriteLine(WatchWords.Verdict(watch));
        if (WatchWords.Reasons(watch.All) is [{ Kind: "heap" }])
            Console.WriteLine($"What grows on the heap, and what holds it: zanshin heap {pid} --diff 30s");
        if (trace is not null)
        {
            Console.WriteLine();
            TraceView.Print(trace);
        }
        foreach (string note in watch.Notes)
            Console.WriteLine(Printable.Line($"note: {note}"));
    }

    private Table Table()
    {
        Table table = new Table().Border(TableBorder.None);
        table.AddColumns("", "", "now", "change", "");
        int width = AnsiConsole.Profile.Width >= 120 ? PlotWidth : NarrowPlot;
        foreach (Series series in watch.All)
        {
            string colour = series.Grows ? "red" : "green";
            table.AddRow(
                new Markup(series.Name),
                new Markup($"[{colour}]{Plot.Of(series.Points, width)}[/]"),
                new Markup(WatchWords.Value(series, series.Now)).RightJustified(),
                new Markup(WatchWords.Change(series)).RightJustified(),
                new Markup(series.Grows ? $"[red]{State(series)}[/]" : State(series)));
        }
        return table;
    }

    private string Text() => $"{Heading()}\n" + TextTable.Of(
        ["", "", ">now", ">change", ""],
        [.. watch.All.Select(s => new[] { s.Name, Plot.Of(s.Points, PlotWidth), WatchWords.Value(s, s.Now), WatchWords.Change(s), State(s) })]);

    private string Heading()
    {
        string messages = watch.Messages is { } n ? string.Create(CultureInfo.InvariantCulture, $", {n:N0} messages") : "";
        string command = Printable.Line(watch.Command);
        command = command.Length <= LongestCommand ? command : $"{command[..LongestCommand]}...";
        return $"process {pid}  {command}\n{WatchWords.Time(watch.Elapsed)}{messages}";
    }

    private string State(Series series) => WatchWords.State(series, watch.Messages is not null);

    private void Line()
    {
        if (quiet || watch.Elapsed < _nextLine)
            return;
        _nextLine = watch.Elapsed + BetweenLines;
        string messages = watch.Messages is { } n ? string.Create(CultureInfo.InvariantCulture, $"  messages {n:N0}") : "";
        Console.WriteLine($"{WatchWords.Time(watch.Elapsed)}{messages}  {string.Join("  ", watch.All.Select(static s => $"{s.Name} {WatchWords.Value(s, s.Now)}"))}");
    }
}
