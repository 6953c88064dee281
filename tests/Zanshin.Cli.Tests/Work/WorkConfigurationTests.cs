using Zanshin.Cli.Work;

namespace Zanshin.Cli.Tests.Work;

public sealed class WorkConfigurationTests : IDisposable
{
    private const string All = """
        {
          "Other": "kept",
          "Zanshin": {
            "Concurrency": 7,
            "Only": ["bulk"],
            "Queues": ["mail", ["orders", 8], { "Name": "https://sqs.eu-central-1.amazonaws.com/1/far", "Visibility": "00:01:00" }],
            "Groups": { "bulk": { "Concurrency": 2, "Queues": { "reports": 3, "exports": { "Weight": 4 } } } }
          }
        }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zanshin-work-configuration-");

    [Fact]
    public void Without_a_choice_all_queues_of_the_file_are_worked_as_it_says()
    {
        WorkConfiguration read = Read(new WorkOptions(), All);
        Assert.Equal(["mail", "orders", "https://sqs.eu-central-1.amazonaws.com/1/far", "exports", "reports"], read.Queues.Select(static q => q.Name));
        Assert.Equal("8", read.Read["Zanshin:Queues:1:1"]);
        Assert.Equal("bulk", read.Read["Zanshin:Only:0"]);
        Assert.Equal("kept", read.Read["Other"]);
    }

    [Fact]
    public void The_queues_of_the_command_line_are_the_only_ones_and_keep_what_the_file_says_of_them()
    {
        WorkConfiguration read = Read(new WorkOptions { Queues = [new("far", null), new("reports", 9), new("new", null)], WaitTime = TimeSpan.FromSeconds(2), Delay = TimeSpan.FromSeconds(3) }, All);
        Assert.Equal(["far", "reports", "new"], read.Queues.Select(static q => q.Name));
        Assert.Null(read.Read["Zanshin:Queues:0"]);
        Assert.Null(read.Read["Zanshin:Queues:1:0"]);
        Assert.Equal("00:01:00", read.Read["Zanshin:Queues:2:Visibility"]);
        Assert.Equal("3", read.Read["Zanshin:Groups:bulk:Queues:reports"]);
        Assert.Null(read.Read["Zanshin:Groups:bulk:Queues:exports:Weight"]);
        Assert.Null(read.Read["Zanshin:Only:0"]);
        Assert.Equal("9", read.Read["Zanshin:Queues:reports:Weight"]);
        Assert.Equal("00:00:02", read.Read["Zanshin:Queues:new:WaitTime"]);
        Assert.Equal("00:00:03", read.Read["Zanshin:Delay"]);
    }

    [Fact]
    public void A_group_is_worked_alone()
    {
        WorkConfiguration read = Read(new WorkOptions { Group = "bulk" }, All);
        Assert.Equal(["exports", "reports"], read.Queues.Select(static q => q.Name));
        Assert.Null(read.Read["Zanshin:Queues:0"]);
        Assert.Equal("2", read.Read["Zanshin:Groups:bulk:Concurrency"]);
        Assert.Contains("it has bulk", Assert.Throws<Refusal>(() => Read(new WorkOptions { Group = "x" }, All)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "cannot be read")]
    [InlineData("""{"Queues":[]}""", "has no section \"Zanshin\"")]
    public void A_file_that_is_none_is_a_sentence(string text, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<Refusal>(() => Read(new WorkOptions(), text)).Message, StringComparison.Ordinal);

    public void Dispose() => _directory.Delete(recursive: true);

    private WorkConfiguration Read(WorkOptions options, string text)
    {
        string file = Path.Combine(_directory.FullName, "appsettings.json");
        File.WriteAllText(file, text);
        return WorkConfiguration.Of(options with { Config = new FileInfo(file) });
    }
}
