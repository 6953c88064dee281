using System.Globalization;
using System.Text.RegularExpressions;

namespace Zanshin.EndToEnd.Prometheus;

/// <summary>The alerting rules of docs/telemetry.md.</summary>
internal static partial class Alerts
{
    /// <summary>As they stand there.</summary>
    public static string OfPage()
    {
        string page = File.ReadAllText(Path.Combine(Artifacts.Root, "docs", "telemetry.md")).ReplaceLineEndings("\n");
        int begin = page.IndexOf("```yaml\n", StringComparison.Ordinal) + "```yaml\n".Length;
        return page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)];
    }

    public static string[] Names(string rules) => [.. Name().Matches(rules).Select(static m => m.Groups[1].Value)];

    /// <summary>With a second for every minute: windows and waits, and what is compared with seconds.</summary>
    public static string Hastened(string rules) => OverSeconds().Replace(
        Minutes().Replace(rules, "$1s"),
        static over => $"> {int.Parse(over.Groups[1].Value, CultureInfo.InvariantCulture) / 60}");

    [GeneratedRegex(@"alert: (\w+)")]
    private static partial Regex Name();

    [GeneratedRegex(@"\b(\d+)m\b")]
    private static partial Regex Minutes();

    // The others are compared with shares and small numbers.
    [GeneratedRegex(@"> (60|120|300)\b")]
    private static partial Regex OverSeconds();
}
