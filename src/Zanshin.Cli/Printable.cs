using System.Globalization;
using System.Text;

namespace Zanshin.Cli;

/// <summary>Text that came from files, messages and servers, made fit for a terminal.</summary>
internal static class Printable
{
    /// <summary>One line: what would move the cursor, colour or reorder is replaced, and so are line ends.</summary>
    public static string Line(string text) => Of(text, keepLines: false);

    /// <summary>As <see cref="Line"/>, but ordinary line ends stay.</summary>
    public static string Lines(string text) => Of(text, keepLines: true);

    private static string Of(string text, bool keepLines)
    {
        var printable = new StringBuilder(text.Length);
        foreach (char c in text)
            printable.Append(IsPlain(c) || (keepLines && c is '\n') ? c : '\uFFFD');
        return printable.ToString();
    }

    // Format characters turn the direction of writing around, and separators end lines.
    private static bool IsPlain(char c) => char.GetUnicodeCategory(c)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
