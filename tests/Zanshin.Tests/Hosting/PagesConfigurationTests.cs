using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.Hosting;

namespace Zanshin.Tests.Hosting;

/// <summary>The worker reads every configuration on the pages, and knows every key that they name.</summary>
public partial class PagesConfigurationTests
{
    private static string[] Pages { get; } = [.. Directory.EnumerateFiles(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "..", "docs"), "*.md").Select(File.ReadAllText)];

    [Fact]
    public void Every_configuration_on_a_page_is_read_without_a_problem()
    {
        string[] blocks = [.. Pages.SelectMany(static page => Block().Matches(page).Select(static m => m.Groups[1].Value)).Where(static json => json.Contains("\"Zanshin\"", StringComparison.Ordinal))];
        Assert.True(blocks.Length >= 2, $"{blocks.Length} blocks");
        Assert.All(blocks, static json => Assert.Empty(Problems(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build())));
    }

    [Fact]
    public void Every_key_that_a_page_names_is_an_option()
    {
        string[] keys = [.. Pages.SelectMany(static page => Key().Matches(page).Select(static m => m.Groups[1].Value.Replace("NAME", "orders", StringComparison.Ordinal))).Distinct()];
        Assert.True(keys.Length >= 15, $"{keys.Length} keys");
        Assert.DoesNotContain(keys.SelectMany(static key => Problems(new ConfigurationBuilder().AddInMemoryCollection([new(key, "60")]).Build())), static p => p.Contains("is no option", StringComparison.Ordinal));
        Assert.Contains(Problems(new ConfigurationBuilder().AddInMemoryCollection([new("Zanshin:Queues:orders:Visibilty", "60")]).Build()), static p => p.Contains("is no option", StringComparison.Ordinal));
    }

    private static List<string> Problems(IConfiguration configuration)
    {
        var setup = new ZanshinBuilder(new ServiceCollection());
        setup.OtherQueues(static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
        setup.Queue("orders", static q => q.Handle(Body.Text, static (_, _, _) => ValueTask.CompletedTask));
        return SetupCheck.Check(setup, configuration);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("`(Zanshin:[A-Za-z:]+)`")]
    private static partial Regex Key();
}
