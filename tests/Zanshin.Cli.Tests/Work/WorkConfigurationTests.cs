using Microsoft.Extensions.Configuration;
using Zanshin.Cli.Sqs;
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
        WorkConfiguration read = Read(new WorkOptions { Queues = [new("far", null), new("reports", 9), new("new", null)], Visibility = TimeSpan.FromSeconds(2), Delay = TimeSpan.FromSeconds(3) }, All);
        Assert.Equal(["far", "reports", "new"], read.Queues.Select(static q => q.Name));
        Assert.Null(read.Read["Zanshin:Queues:0"]);
        Assert.Null(read.Read["Zanshin:Queues:1:0"]);
        Assert.Equal("00:00:02", read.Read["Zanshin:Queues:2:Visibility"]);
        Assert.Equal("9", read.Read["Zanshin:Groups:bulk:Queues:reports"]);
        Assert.Null(read.Read["Zanshin:Groups:bulk:Queues:exports:Weight"]);
        Assert.Null(read.Read["Zanshin:Only:0"]);
        Assert.Equal("00:00:03", read.Read["Zanshin:Delay"]);
    }

    [Fact]
    public void What_the_command_line_does_not_say_of_a_queue_the_file_does()
    {
        WorkConfiguration read = Read(new WorkOptions { Queues = [new("far", null), new("reports", null)] }, All);
        Assert.Equal("00:01:00", read.Read["Zanshin:Queues:2:Visibility"]);
        Assert.Equal("3", read.Read["Zanshin:Groups:bulk:Queues:reports"]);
        Assert.Equal("2", read.Read["Zanshin:Groups:bulk:Concurrency"]);
    }

    [Fact]
    public void A_group_that_is_left_without_queues_is_left_out() =>
        Assert.False(Read(new WorkOptions { Queues = [new("mail", null)] }, All).Read.GetSection("Zanshin:Groups").Exists());

    [Theory]
    [InlineData("3", null, 3)]
    [InlineData("\"00:01:00\"", null, 60)]
    [InlineData("\"soon\"", null, 30)]
    [InlineData("60", 10, 10)]
    [InlineData("3", 10, 10)]
    public void A_stop_takes_as_long_as_the_command_line_says_else_the_file(string file, int? given, int seconds)
    {
        WorkConfiguration read = Read(new WorkOptions { Timeout = given is { } t ? TimeSpan.FromSeconds(t) : null }, $$"""{"Zanshin":{"Timeout":{{file}} } }""");
        Assert.Equal(TimeSpan.FromSeconds(seconds), read.Timeout);
        Assert.Equal(given is null, read.Read["Zanshin:Timeout"] is not null);
    }

    [Fact]
    public void The_concurrency_of_the_command_line_is_that_of_all_queues()
    {
        WorkConfiguration read = Read(new WorkOptions { Concurrency = 20 }, All);
        Assert.Equal(["20", "20", "20"], ((string[])["Concurrency", "MaxConcurrency", "Groups:bulk:Concurrency"]).Select(key => read.Read[$"Zanshin:{key}"]));
    }

    [Fact]
    public void The_endpoint_of_the_file_is_that_of_its_clients_unless_the_command_line_gives_one()
    {
        const string File = """{"Zanshin":{"Endpoint":"http://127.0.0.1:4321"}}""";
        Assert.Equal("http://127.0.0.1:4321", Read(new WorkOptions(), File).Place.Endpoint?.OriginalString);
        Assert.Equal(SqsPlace.LocalEndpoint, Read(new WorkOptions { Place = new SqsPlace { Endpoint = SqsPlace.LocalEndpoint } }, File).Place.Endpoint);
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
