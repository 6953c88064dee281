using System.Text.RegularExpressions;

namespace Zanshin.Map.Tests;

/// <summary>docs/failures.md names a test for every line; none of them may be gone.</summary>
public partial class FailuresPageTests
{
    // artifacts/bin/Zanshin.Map.Tests/debug -> the repository
    private static readonly string s_root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));

    private static readonly string[] s_lines = [.. File.ReadLines(Path.Combine(s_root, "docs", "failures.md")).Where(static l => l.StartsWith('|'))
        .Where(static l => !l.StartsWith("|---", StringComparison.Ordinal) && !l.StartsWith("| what goes wrong", StringComparison.Ordinal))];

    [Fact]
    public void Every_test_on_the_page_is_there()
    {
        HashSet<string> tests = [.. Directory.EnumerateFiles(Path.Combine(s_root, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(static file => Test().Matches(File.ReadAllText(file)).Select(static m => m.Groups[1].Value))];
        Assert.All(s_lines.SelectMany(static l => Name().Matches(l.Split('|')[3])), name => Assert.Contains(name.Groups[1].Value, tests));
    }

    [Fact]
    public void Every_line_of_the_page_names_a_test()
    {
        Assert.True(s_lines.Length > 40, $"{s_lines.Length} lines");
        Assert.All(s_lines, static line => Assert.Matches(Name(), line.Split('|')[3]));
    }

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Name();

    // A method under [Fact] or [Theory], with only attributes and comments between.
    [GeneratedRegex(@"^ *\[(?:Fact|Theory)\b[^\n]*\n(?: *(?:\[|//)[^\n]*\n)* *(?:public|internal) (?:static )?(?:async )?(?:void|Task) (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Test();
}
