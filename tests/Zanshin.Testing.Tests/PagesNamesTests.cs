using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Zanshin.Diagnosis;
using Zanshin.LocalQueue;

namespace Zanshin.Testing.Tests;

/// <summary>What the sentences of the README and the pages name is there: members of the libraries' types, and the options.</summary>
public partial class PagesNamesTests
{
    /// <summary>What the short names in the sentences stand for.</summary>
    private static readonly Dictionary<string, Type[]> s_variables = new()
    {
        ["z"] = [typeof(ZanshinBuilder)],
        ["q"] = [typeof(QueueBuilder)],
        ["g"] = [typeof(GroupBuilder)],
        ["h"] = [typeof(HandlerBuilder<IMiddleware>)],
        ["r"] = [typeof(RouteBuilder)],
        ["message"] = [typeof(Message<string>)],
        ["failure"] = [typeof(Failure)],
        ["sender"] = [typeof(ISender)],
        ["worker"] = [typeof(ZanshinWorker), typeof(TestWorker)],
    };

    private static readonly Type[] s_types =
        [.. new[] { typeof(ZanshinWorker), typeof(TestWorker), typeof(LocalSqs), typeof(LeakScope) }.SelectMany(static t => t.Assembly.GetExportedTypes())];

    public static TheoryData<string> Pages => [.. Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Select(static f => $"docs/{Path.GetFileName(f)}").Append("README.md").Order(StringComparer.Ordinal)];

    private static string Root => Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_member_that_a_sentence_names_is_there(string page) =>
        Assert.Empty(Spans(page).SelectMany(static span => Member().Matches(span).Where(static m => IsGone(m.Groups[1].Value, m.Groups[2].Value)).Select(m => $"{m.Value} in `{span}`")));

    [Fact]
    public void A_member_that_is_not_there_is_seen()
    {
        Assert.True(IsGone("q", "Visibilty"));
        Assert.True(IsGone("Backoff", "Linear"));
        Assert.False(IsGone("q", "Visibility"));
        Assert.False(IsGone("message", "Lease"));
        Assert.False(IsGone("Somebody", "Elses"));
    }

    [Theory]
    [InlineData("z", typeof(ZanshinOptions))]
    [InlineData("g", typeof(GroupOptions))]
    [InlineData("q", typeof(QueueOptions))]
    public void Every_option_is_on_a_page(string variable, Type options)
    {
        string pages = string.Concat(new[] { "worker.md", "groups.md" }.Select(static page => File.ReadAllText(Path.Combine(Root, "docs", page))));
        Assert.All(options.GetProperties(), option => Assert.Matches($@"\b{variable}\.{option.Name}\b", pages));
    }

    [Theory]
    [InlineData("z", typeof(ZanshinOptions), 3)]
    [InlineData("q", typeof(QueueOptions), 5)]
    public void The_defaults_in_the_table_of_options_are_those_of_the_code(string variable, Type options, int atLeast)
    {
        object fresh = Activator.CreateInstance(options)!;
        (string Option, string? Said, string? Is)[] rows = [.. Regex.Matches(File.ReadAllText(Path.Combine(Root, "docs", "worker.md")), $@"^\| `{variable}\.(\w+)` \| [^|]* \| ([^|]*) \|", RegexOptions.Multiline)
            .Select(row => (row.Groups[1].Value, row.Groups[2].Value, Default(options.GetProperty(row.Groups[1].Value)?.GetValue(fresh)))).Where(static row => row.Item3 is not null)];
        Assert.True(rows.Length >= atLeast, $"{rows.Length} rows");
        Assert.All(rows, static row => Assert.Equal(row.Is, row.Said?.Trim('`')));
    }

    // As the table writes it; null where none is set, and it is said in words.
    private static string? Default(object? value) => value switch
    {
        TimeSpan time => time < TimeSpan.FromMinutes(1) ? $"{time.TotalSeconds:0} s" : $"{time.TotalMinutes:0} min",
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value?.ToString(),
    };

    // Of what is no type of ours nothing is known.
    private static bool IsGone(string of, string member)
    {
        Type[] types = s_variables.TryGetValue(of, out Type[]? known) ? known : Array.FindAll(s_types, t => t.Name.Split('`')[0] == of);
        return types.Length > 0 && !Array.Exists(types, type => Members(type).Any(m => m.Name == member));
    }

    private static IEnumerable<MemberInfo> Members(Type type) =>
        type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy)
            .Concat(type.GetInterfaces().SelectMany(static i => i.GetMembers()))
            .Concat(s_types.Where(static t => t.IsAbstract && t.IsSealed).SelectMany(static t => t.GetMethods()).Where(m => m.IsDefined(typeof(ExtensionAttribute)) && m.GetParameters()[0].ParameterType.IsAssignableFrom(type)));

    // Inline code outside of the blocks.
    private static IEnumerable<string> Spans(string page) =>
        Code().Matches(Block().Replace(File.ReadAllText(Path.Combine(Root, page)), "")).Select(static m => m.Groups[1].Value);

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex(@"(?<![\w.])(\w+)\.([A-Z]\w*)(?!\.md|\w)")]
    private static partial Regex Member();

    [GeneratedRegex(@"```.*?```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();
}
