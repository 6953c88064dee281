using System.Globalization;
using Zanshin.Tracing;

namespace Zanshin.Cli.Trace;

/// <summary>One line for one begin or end.</summary>
internal static class FollowLine
{
    public static void Print(TraceChange change)
    {
        string where = change.Frames.Count == 0 ? "" : $"  at {string.Join(" <- ", change.Frames.Take(3))}";
        string age = change.Age is { } lived ? string.Create(CultureInfo.InvariantCulture, $" after {lived.TotalSeconds:N2} s") : "";
        string message = change.Message is { } id ? $"  message {id}" : "";
        Console.WriteLine(Printable.Line(string.Create(
            CultureInfo.InvariantCulture, $"{change.At.TotalSeconds,8:N2}  {(change.Age is null ? '+' : '-')} {change.What}{age}{where}{message}")));
    }
}
