using System.Text.RegularExpressions;

namespace Zanshin.Testing.Tests;

/// <summary>The code blocks of a page in docs/, each of which stands, and so is run, in a test's file.</summary>
internal static partial class PageCode
{
    /// <param name="file">The test's own.</param>
    public static void AllStandsIn(string file, string page, int blocks)
    {
        string here = Words(File.ReadAllText(file));
        string text = File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "docs", page));
        string[] found = [.. Block().Matches(text).Select(static m => Words(m.Groups[1].Value))];

        Assert.Equal(blocks, found.Length);
        Assert.All(found, block => Assert.Contains(block, here, StringComparison.Ordinal));
    }

    // Indentation aside.
    private static string Words(string code) => Space().Replace(code.Trim(), " ");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
