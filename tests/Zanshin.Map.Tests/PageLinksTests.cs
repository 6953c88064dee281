using System.Text.RegularExpressions;

namespace Zanshin.Map.Tests;

/// <summary>The links of the README and of the pages lead to files that are there, and to headings that they have; and each page is linked from the README.</summary>
public partial class PageLinksTests
{
    // artifacts/bin/Zanshin.Map.Tests/debug -> the repository
    private static readonly string s_root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));

    private static readonly string[] s_pages = [Path.Combine(s_root, "README.md"), Path.Combine(s_root, "bench", "README.md"), .. Directory.GetFiles(Path.Combine(s_root, "docs"), "*.md")];

    [Fact]
    public void Every_link_leads_somewhere() =>
        Assert.Empty(s_pages.SelectMany(static page => LinksOf(page).Where(link => !Leads(page, link)).Select(link => $"{Path.GetRelativePath(s_root, page)}: {link}")));

    [Fact]
    public void Every_page_is_linked_from_the_readme()
    {
        string[] links = [.. LinksOf(s_pages[0])];
        Assert.All(s_pages.Skip(1), page => Assert.Contains(Path.GetRelativePath(s_root, page), links));
    }

    private static IEnumerable<string> LinksOf(string page) =>
        Link().Matches(Text(page)).Select(static m => m.Groups[1].Value).Where(static link => !link.Contains("://", StringComparison.Ordinal));

    private static bool Leads(string page, string link)
    {
        string[] parts = link.Split('#');
        string file = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, parts[0]));
        return parts.Length == 1 ? Path.Exists(file) : File.Exists(file) && Heading().Matches(Text(file)).Any(m => Anchor(m.Groups[1].Value) == parts[1]);
    }

    // As GitHub makes them.
    private static string Anchor(string heading) => NoneOfAnAnchor().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    // Without its blocks of code.
    private static string Text(string page) => Block().Replace(File.ReadAllText(page), "");

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoneOfAnAnchor();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
