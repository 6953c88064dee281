using System.Globalization;
using Zanshin.Tracing.Heap;

namespace Zanshin.Cli.Heap;

/// <summary>The reports, for people.</summary>
internal static class HeapView
{
    /// <summary>Of those that grow along with a cause.</summary>
    private const int MostWith = 6;

    private const int WidestType = 100;

    public static void Print(int pid, HeapSnapshot snapshot, int top)
    {
        Line($"process {pid}: {snapshot.Objects:N0} objects, {Size(snapshot.Bytes)}; it stood still for {snapshot.Pause.TotalMilliseconds:N0} ms");
        Console.WriteLine();
        Console.Write(Printable.Lines(TextTable.Of([">count", ">bytes", "type"],
            [.. snapshot.Types.Values.OrderByDescending(static t => t.Bytes).Take(top).Select(static t => new[] { Number(t.Count), Number(t.Bytes), Short(t.Name) })])));
        Notes(snapshot);
    }

    public static void Print(int pid, HeapComparison comparison, int top)
    {
        string messages = comparison.Messages is { } n ? string.Create(CultureInfo.InvariantCulture, $", {n:N0} messages processed between them") : "";
        Line($"process {pid}: {comparison.Last.Objects:N0} objects, {Size(comparison.Last.Bytes)}; looked at {comparison.Pauses.Count} times{messages}");
        Line($"it stood still for {string.Join(", ", comparison.Pauses.Select(static p => p.TotalMilliseconds.ToString("N0", CultureInfo.InvariantCulture)))} ms");
        foreach (HeapGrowth cause in comparison.Causes)
            Cause(cause);
        Console.WriteLine();
        Console.WriteLine(comparison.Causes.Count switch
        {
            0 => "Nothing grew steadily.",
            1 => "One type grows, with what it holds.",
            var types => string.Create(CultureInfo.InvariantCulture, $"{types} types grow, with what they hold."),
        });
        Console.WriteLine();
        Console.Write(Printable.Lines(TextTable.Of([">more", ">more bytes", ">count", "type"],
            [.. HeapDiff.Changes(comparison.First, comparison.Last).Take(top).Select(static t => new[] { Signed(t.More), Signed(t.Bytes), Number(t.After), Short(t.Type) })])));
        Notes(comparison.Last);
    }

    private static void Cause(HeapGrowth cause)
    {
        Console.WriteLine();
        string per = cause.PerMessage is { } rate ? string.Create(CultureInfo.InvariantCulture, $", {rate:N2} per message") : "";
        Line($"{cause.After - cause.Before:N0} more{per}: {cause.Type} (now {cause.After:N0}; {Size(cause.Bytes)} more with what it holds)");
        if (cause.HeldBy.Count > 0)
            Line($"  held by {cause.HeldBy[0]}");
        foreach (string hop in cause.HeldBy.Skip(1))
            Line($"    -> {hop}");
        if (cause.With.Count > 0)
            Line($"  with {string.Join(", ", cause.With.Take(MostWith).Select(static t => $"{Number(t.More)} {Short(t.Type)}"))}{(cause.With.Count > MostWith ? ", ..." : "")}");
    }

    private static void Notes(HeapSnapshot snapshot)
    {
        if (snapshot.IsTooLarge)
            Line($"note: with more than 10 million objects, what holds them is not looked for.");
        if (snapshot.EventsLost > 0)
            Line($"note: {snapshot.EventsLost:N0} events were lost, because the process told faster than this one could read: the figures are too small.");
    }

    private static string Short(string type) => type.Length <= WidestType ? type : $"{type[..(WidestType - 3)]}...";

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):N1} MiB");

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Signed(long number) => number.ToString("+#,0;-#,0;0", CultureInfo.InvariantCulture);

    // Names come from the process.
    private static void Line(FormattableString text) => Console.WriteLine(Printable.Line(text.ToString(CultureInfo.InvariantCulture)));
}
