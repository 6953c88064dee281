using System.Globalization;
using Zanshin.Tracing;

namespace Zanshin.Cli.Trace;

/// <summary>The report, for people.</summary>
internal static class TraceView
{
    public static void Print(TraceReport report)
    {
        Line($"process {report.ProcessId}, {report.Window.TotalSeconds:N1} s{(report.Messages is { } messages ? $", {messages:N0} messages" : "")}");
        Line($"begun, and of these still alive: threads {Count(report.Threads)}, timers {Count(report.Timers)}, async and tasks {Count(report.Operations)}");
        foreach (TraceFinding finding in report.Findings)
        {
            Console.WriteLine();
            string per = finding.PerMessage is { } rate ? string.Create(CultureInfo.InvariantCulture, $", {rate:N2} per message") : "";
            Line($"{finding.Alive:N0} of {finding.Begun:N0} still alive{per}: {finding.What}");
            for (int i = 0; i < finding.Frames.Count; i++)
                Line($"  {(i == 0 ? "at" : "<-")} {finding.Frames[i]}");
            if (finding.Messages.Count > 0)
                Line($"  messages {string.Join(", ", finding.Messages.Take(2))}{(finding.Messages.Count > 2 ? ", ..." : "")}");
        }
        Console.WriteLine();
        Console.WriteLine(report.Findings.Count switch
        {
            0 => "Nothing that was begun stayed.",
            1 => "One place begins what does not end.",
            var places => string.Create(CultureInfo.InvariantCulture, $"{places} places begin what does not end."),
        });
        foreach (string note in report.Notes)
            Line($"note: {note}");
    }

    private static string Count(TraceCount count) => string.Create(CultureInfo.InvariantCulture, $"{count.Begun:N0}/{count.Alive:N0}");

    // Names come from the traced process.
    private static void Line(FormattableString text) => Console.WriteLine(Printable.Line(text.ToString(CultureInfo.InvariantCulture)));
}
