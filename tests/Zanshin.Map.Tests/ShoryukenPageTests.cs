using System.Text.RegularExpressions;

namespace Zanshin.Map.Tests;

/// <summary>docs/coming-from-shoryuken.md has a row for each feature, each row links to tests that are there, and each link leads somewhere.</summary>
public partial class ShoryukenPageTests
{
    // artifacts/bin/Zanshin.Map.Tests/debug -> the repository
    private static readonly string s_root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));

    private static readonly string s_page = File.ReadAllText(Path.Combine(s_root, "docs", "coming-from-shoryuken.md"));

    private static readonly string[] s_rows = [.. s_page.Split('\n').Where(static l => l.StartsWith('|'))
        .Where(static l => !l.StartsWith("|---", StringComparison.Ordinal) && !l.EndsWith("| tests |", StringComparison.Ordinal))];

    [Fact]
    public void Every_feature_has_its_row() =>
        Assert.Equal(Enumerable.Range(1, 41).Select(static n => $"F{n}"), s_rows.Select(static r => r.Split('|')[1].Trim()).Where(static c => Feature().IsMatch(c)));

    [Fact]
    public void Every_row_names_tests_that_are_in_the_files_they_link_to() => Assert.All(s_rows, static row =>
    {
        string column = row.TrimEnd('|', ' ').Split('|')[^1];
        Assert.Matches(Tests(), column);
        Assert.All(TestLink().Matches(column), static link =>
        {
            string file = Path.Combine(s_root, link.Groups[2].Value);
            Assert.True(File.Exists(file), file);
            Assert.Contains(link.Groups[1].Value, Test().Matches(File.ReadAllText(file)).Select(static m => m.Groups[1].Value));
        });
    });

    [Fact]
    public void Every_link_leads_to_a_page() =>
        Assert.All(Link().Matches(s_page).Select(static m => m.Groups[1].Value), static page => Assert.True(File.Exists(Path.Combine(s_root, "docs", page)), page));

    [GeneratedRegex(@"^F\d+$")]
    private static partial Regex Feature();

    // Nothing but links to tests.
    [GeneratedRegex(@"^ *(?:\[`\w+`\]\(\.\./tests/[\w./-]+\.cs\)(?:, |$))+$")]
    private static partial Regex Tests();

    [GeneratedRegex(@"\[`(\w+)`\]\(\.\./(tests/[\w./-]+\.cs)\)")]
    private static partial Regex TestLink();

    [GeneratedRegex(@"\]\(([\w-]+\.md)\)")]
    private static partial Regex Link();

    // A method under [Fact] or [Theory], with only attributes, their lines and comments between.
    [GeneratedRegex(@"^ *\[(?:Fact|Theory)\b[^\n]*\n(?:(?! *(?:public|internal) )[^\n]*\n)*? *(?:public|internal) (?:static )?(?:async )?(?:void|Task) (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Test();
}
