using System.Globalization;
using System.Text;

namespace Zanshin.Bench.Harness;

/// <summary>What a benchmark found: printed as it grows, and saved as the committed result.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();
    private readonly string _name;

    /// <param name="command">What makes this result again.</param>
    public Report(string name, string title, string command)
    {
        _name = name;
        Line($"# {title}");
        Line();
        Line("```sh");
        Line($"dotnet run -c Release --project bench/Zanshin.Bench -- {command}");
        Line("```");
        Line();
        Line($"{Machine.Describe()}.");
        Line();
    }

    public bool AllMet { get; private set; } = true;

    public static string Number(double value, string format = "#,##0") => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Whether a goal was met, in a word; a result says so beside the figure.</summary>
    public string Goal(bool met)
    {
        AllMet &= met;
        return met ? "met" : "**missed**";
    }

    public void Line(string line = "")
    {
        Console.WriteLine(line);
        _text.Append(line).Append('\n');
    }

    public void Table(string[] head, IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. head.Select((h, i) => rows.Select(r => r[i].Length).Append(h.Length).Max())];
        string Row(string[] cells) => $"| {string.Join(" | ", cells.Select((c, i) => i == 0 ? c.PadRight(widths[i]) : c.PadLeft(widths[i])))} |";
        Line(Row(head));
        Line($"|{string.Join('|', widths.Select((w, i) => i == 0 ? new string('-', w + 2) : new string('-', w + 1) + ":"))}|");
        foreach (string[] row in rows)
            Line(Row(row));
        Line();
    }

    public async Task SaveAsync()
    {
        Directory.CreateDirectory(Places.Results);
        await File.WriteAllTextAsync(Path.Combine(Places.Results, $"{_name}.md"), _text.ToString().TrimEnd('\n') + "\n");
    }
}
