using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Zanshin.Testing.Tests;

/// <summary>
/// The C# on every page compiles against the libraries. A block is a fragment: names of the application's own that nobody declares are let pass, and stand below; everything
/// that it says of Zanshin's types is checked. (What is on the pages about testing is run as well: the page tests beside this one. The README has a sample.)
/// </summary>
public partial class PagesCompileTests
{
    /// <summary>A name that is not known, of a value, a type or an extension.</summary>
    private static readonly string[] s_unknown = ["CS0103", "CS0246", "CS1061"];

    /// <summary>Those of the applications on the pages, of packages that are not here, and of what a test runs as a whole.</summary>
    private static readonly HashSet<string> s_others =
    [
        "Orders", "Importer", "importer", "file", "Caches", "ImportAsync", "Shop", "stock", "OrderShipped", "ISmtp", "Tenants", "Tenant", "ISentry", "IBlobs", "accessor", "CurrentUser", "handler", "message",
        "Assert", "sqs", "faults", "client", "url", "lost", "test", "app", "HealthCheckOptions", "AddOpenTelemetry",
    ];

    private static readonly string[] s_usings =
    [
        "System", "System.Collections.Generic", "System.ComponentModel.DataAnnotations", "System.Globalization", "System.IO", "System.Linq", "System.Net", "System.Net.Http", "System.Text.Json",
        "System.Text.Json.Serialization", "System.Threading", "System.Threading.Tasks", "Amazon.SQS", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection",
        "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging", "Zanshin", "Zanshin.Testing", "Zanshin.LocalQueue", "Zanshin.Diagnosis", "Zanshin.Diagnosis.Hosting", "Zanshin.Tracing",
    ];

    private static readonly MetadataReference[] s_references =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(static path => MetadataReference.CreateFromFile(path))];

    private static readonly CSharpCompilation s_prelude = Script(File.ReadAllText(Path.Combine(Here(), "PagePrelude.csx")), null);

    public static TheoryData<string> Pages =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Where(static f => Block().IsMatch(File.ReadAllText(f))).Select(static f => Path.GetRelativePath(Root, f)).Order(StringComparer.Ordinal)];

    private static string Root => Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    [Fact]
    public void What_the_blocks_stand_on_compiles() => Assert.Empty(s_prelude.GetDiagnostics().Where(static d => d.Severity == DiagnosticSeverity.Error));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_block_of_a_page_compiles(string page)
    {
        string text = File.ReadAllText(Path.Combine(Root, page));
        Assert.Empty(Block().Matches(text).SelectMany(block => Errors(block.Groups[1].Value)
            .Select(error => $"{page}:{text[..block.Groups[1].Index].Count(static c => c == '\n') + 1 + error.Location.GetLineSpan().StartLinePosition.Line}: {error.Id}: {error.GetMessage()}")));
    }

    [Theory]
    [InlineData("z.Route(\"orders\", Json.Default.OrderPlaced);")]
    [InlineData("q.Retry(Backoff.Linear(TimeSpan.FromSeconds(1)));")]
    [InlineData("z.MaxConcurency = 4;")]
    [InlineData("await sender.SendAsync(new OrderPlaced(7), new() { Delai = TimeSpan.Zero });")]
    [InlineData("q.Retry(Backof.Delays(TimeSpan.FromSeconds(1)));")]
    [InlineData("builder.Services.AddLeekWatch();")]
    public void A_block_that_says_what_is_not_so_is_seen(string code) => Assert.NotEmpty(Errors(code));

    private static IEnumerable<Diagnostic> Errors(string code)
    {
        CSharpCompilation script = Script(Using().Replace(Left().Replace(code, "=> throw null!"), ""), s_prelude);
        return script.GetDiagnostics().Where(static d => d.Severity == DiagnosticSeverity.Error && !IsOfOthers(d));
    }

    private static bool IsOfOthers(Diagnostic error) =>
        s_unknown.Contains(error.Id) && s_others.Contains(Quoted().Matches(error.GetMessage(System.Globalization.CultureInfo.InvariantCulture))[error.Id == "CS1061" ? 1 : 0].Groups[1].Value);

    private static CSharpCompilation Script(string code, CSharpCompilation? before) => CSharpCompilation.CreateScriptCompilation(
        before is null ? "before" : "block",
        CSharpSyntaxTree.ParseText(code, new CSharpParseOptions(LanguageVersion.Preview, kind: SourceCodeKind.Script)),
        s_references,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, usings: s_usings, nullableContextOptions: NullableContextOptions.Disable),
        before);

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex(@"```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    // What a page leaves out: a lambda's body.
    [GeneratedRegex(@"=> \.\.\.")]
    private static partial Regex Left();

    // A script has no such declaration at its top.
    [GeneratedRegex(@"^(await )?using (?=\S+ \w+ =)", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex("'([^'<]+)[^']*'")]
    private static partial Regex Quoted();
}
