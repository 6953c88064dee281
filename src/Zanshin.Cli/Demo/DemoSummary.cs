using System.Globalization;

namespace Zanshin.Cli.Demo;

/// <summary>The result, for people: plain lines of at most 80 columns.</summary>
internal static class DemoSummary
{
    /// <summary>What SQS takes for a million requests to a standard queue (aws.amazon.com/sqs/pricing, first tier, most regions).</summary>
    private const double DollarsPerMillionRequests = 0.40;

    private const int Width = 80;
    private const int NameWidth = 22;

    public static void Print(DemoResult result)
    {
        TallyResult seen = result.Seen;
        if (result.ShowExamples)
            PrintTypes(seen);
        double seconds = seen.Took.TotalSeconds;
        Line("processed", $"{seen.Processed:N0}");
        Line("distinct", $"{seen.Distinct:N0} of {seen.Expected:N0}");
        Line("redelivered", $"{result.Redelivered:N0}");
        if (seconds > 0)
            Line("rate", $"{seen.Processed / seconds:N0} messages a second, for {seconds:N1} s");
        if (result is { RequestsPerMessage: { } requests, Worker: { } worker })
        {
            Line("requests per message", $"{requests:N3}: {worker.Receives:N0} receives, {worker.Deletes:N0} deletes, {worker.VisibilityChanges:N0} visibility changes");
            Line("per million messages", $"${requests * DollarsPerMillionRequests:N2}, at ${DollarsPerMillionRequests:N2} per million requests, sending apart");
            Line("leases", $"{worker.LeasesExtended:N0} times extended, {worker.LeasesLost:N0} lost");
        }
        LeftBehind left = result.Left;
        Line("left behind", $"{left.Threads?.ToString("N0", CultureInfo.InvariantCulture) ?? "?"} threads, {left.Timers:N0} timers, {left.Tasks:N0} tasks, {left.Leases:N0} leases, {left.Slots:N0} slots");
        if (left.Threads is null)
            Line("", $"(threads cannot be counted on this system: it has no /proc)");
        if (result.Warnings.Count > 0)
        {
            Console.WriteLine();
            Console.WriteLine("the worker warned:");
            foreach (string warning in result.Warnings)
                Console.WriteLine($"  {Printable.Line(warning)}");
        }
        Console.WriteLine();
        if (result.Problems.Count == 0)
            Console.WriteLine("Every message was worked once, and nothing is left behind.");
        Console.Out.Flush();
    }

    private static void PrintTypes(TallyResult seen)
    {
        foreach ((string type, TypeTally of) in seen.ByType)
        {
            // Both come from the messages.
            string line = Printable.Line(string.Create(CultureInfo.InvariantCulture, $"{type,-32}{of.Count,6:N0}   {of.Example}"));
            Console.WriteLine(line.Length <= Width ? line : line[..(Width - 3)] + "...");
        }
        Console.WriteLine();
    }

    private static void Line(string name, FormattableString value) =>
        Console.WriteLine($"{name.PadRight(NameWidth)}{value.ToString(CultureInfo.InvariantCulture)}");
}
