using System.Text;

namespace Zanshin.Cli;

/// <summary>Columns in plain text, for terminals and files alike: numbers to the right, the rest to the left, nothing cut off.</summary>
internal static class TextTable
{
    /// <param name="columns">Headings; one that begins with '>' stands to the right.</param>
    public static string Of(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var text = new StringBuilder();
        string[] heads = [.. columns.Select(static c => c.TrimStart('>'))];
        int[] widths = [.. heads.Select((head, i) => rows.Select(row => row[i].Length).Append(head.Length).Max())];
        foreach (IReadOnlyList<string> row in (IReadOnlyList<IReadOnlyList<string>>)[heads, .. rows])
        {
            var line = new StringBuilder();
            for (int i = 0; i < heads.Length; i++)
                line.Append(columns[i].StartsWith('>') ? row[i].PadLeft(widths[i]) : row[i].PadRight(widths[i])).Append("  ");
            text.AppendLine(line.ToString().TrimEnd());
        }
        return text.ToString();
    }
}
