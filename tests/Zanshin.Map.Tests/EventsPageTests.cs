namespace Zanshin.Map.Tests;

/// <summary>docs/events.md has every log event, as the built assemblies have it. The ids are stable: alerts are made of them.</summary>
public class EventsPageTests
{
    private const string Page = "docs/events.md";

    // artifacts/bin/Zanshin.Map.Tests/debug -> the repository
    private static readonly string[] s_page = File.ReadAllLines(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", Page)));

    public static TheoryData<string> Assemblies => ["Zanshin", "Zanshin.Diagnosis.Hosting", "Zanshin.Testing", "Zanshin.LocalQueue.Server", "Zanshin.Cli"];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void No_id_is_used_twice(string assembly) => Assert.Empty(
        LogEvent.Of(Built.Path(assembly)).GroupBy(static e => e.Id).Where(static g => g.Count() > 1).Select(static g => $"{g.Key}: {string.Join(", ", g.Select(static e => e.Name))}"));

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Every_event_is_on_the_page_as_it_is_in_the_code(string assembly)
    {
        string[] lines = Lines(assembly);
        string[] missing = [.. LogEvent.Of(Built.Path(assembly)).Select(static e => e.Line).Where(line => !lines.Any(l => l.StartsWith(line, StringComparison.Ordinal)))];
        Assert.True(missing.Length == 0, $"Add to {Page}, under '## {assembly}', each with its meaning, or correct what is there:\n{string.Join('\n', missing.Select(static l => $"{l} MEANING |"))}");
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Nothing_on_the_page_is_gone_from_the_code(string assembly)
    {
        string[] events = [.. LogEvent.Of(Built.Path(assembly)).Select(static e => e.Line)];
        string[] gone = [.. Lines(assembly).Where(line => !events.Any(e => line.StartsWith(e, StringComparison.Ordinal)))];
        Assert.True(gone.Length == 0, $"Remove from {Page}, under '## {assembly}', or correct:\n{string.Join('\n', gone)}");
    }

    [Fact]
    public void Every_event_on_the_page_has_a_meaning() =>
        Assert.All(s_page.Where(IsEvent), static line => Assert.True(line.Split('|')[^2].Trim() is { Length: > 10 } meaning && meaning != "MEANING", line));

    private static string[] Lines(string assembly) =>
        [.. s_page.SkipWhile(l => l != $"## {assembly}").Skip(1).TakeWhile(static l => !l.StartsWith("## ", StringComparison.Ordinal)).Where(IsEvent)];

    private static bool IsEvent(string line) => line.Length > 2 && line[0] == '|' && char.IsDigit(line[2]);
}
