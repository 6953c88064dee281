using System.CommandLine.Parsing;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Zanshin.Cli.Tests;

/// <summary>The tool parses every command on the pages: none has an option or an argument that does not exist.</summary>
public partial class PagesCommandsTests
{
    private static string Root => Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    [Fact]
    public void Every_command_on_a_page_is_one_of_the_tools()
    {
        (string Page, string Line)[] commands = [.. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Append(Path.Combine(Root, "README.md"))
            .SelectMany(static file => Block().Matches(File.ReadAllText(file)).SelectMany(static block => block.Value.Split('\n'))
                .Select(static line => Command().Match(line)).Where(static m => m.Success).Select(m => (Path.GetFileName(file), m.Groups[1].Value)))];

        Assert.True(commands.Length >= 15, $"{commands.Length} commands");
        Assert.Empty(commands.Select(static c => (c.Page, c.Line, Tool.Parse([.. CommandLineParser.SplitCommandLine(c.Line)]).Errors)).Where(static c => c.Errors.Count > 0)
            .Select(static c => $"{c.Page}: zanshin {c.Line}: {string.Join(' ', c.Errors.Select(static e => e.Message))}"));
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex("^```[a-z]*\n.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    // Up to a comment, a pipe or a redirection; and not the sentence of the tool's own that begins with its name.
    [GeneratedRegex(@"^\s*(?:\$ )?(?:zanshin|dotnet run --project src/Zanshin\.Cli --) ((?!trace \d+ names )(?:demo|local|sqs|ps|trace|heap|watch|work)\b[^#|>&]*)")]
    private static partial Regex Command();
}
