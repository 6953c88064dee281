namespace Zanshin.EndToEnd;

public class ReadmeTests
{
    [Fact]
    public async Task The_worker_in_the_readme_is_the_sample()
    {
        string sample = Between(await File.ReadAllTextAsync(Path.Combine(Artifacts.Root, "samples", "FirstWorker", "Program.cs")), "// <snippet>\n", "// </snippet>");
        string readme = await File.ReadAllTextAsync(Path.Combine(Artifacts.Root, "README.md"));
        Assert.Equal(sample, Between(readme, "```csharp\n", "```"));
    }

    [Fact]
    public async Task Every_link_of_the_readme_leads_somewhere()
    {
        string readme = await File.ReadAllTextAsync(Path.Combine(Artifacts.Root, "README.md"));
        IEnumerable<string> links = readme.Split("](").Skip(1).Select(static l => l[..l.IndexOf(')', StringComparison.Ordinal)]);
        Assert.All(links.Where(static l => !l.Contains("://", StringComparison.Ordinal)), static l => Assert.True(Path.Exists(Path.Combine(Artifacts.Root, l)), l));
    }

    [Fact]
    public async Task The_first_worker_works_an_order_from_the_local_queue()
    {
        await using LocalServer server = await LocalServer.StartAsync();
        using var sqs = new Sqs(server.Endpoint);
        string url = await sqs.CreateAsync("orders", visibility: 30);
        await using Child worker = Child.Start(Artifacts.FirstWorker, [], ("AWS_ENDPOINT_URL_SQS", server.Endpoint));

        await sqs.SendAsync(url, """{"Number":7}""");
        await Poll.UntilAsync("the order is worked", () => worker.Out.Contains("order 7, attempt 1", StringComparison.Ordinal), worker.Describe);
        await worker.SignalAsync("TERM");
        await worker.ExitAsync();

        Assert.True(worker.ExitCode == 0, worker.Describe());
        Assert.Equal((0, 0), await sqs.DepthAsync(url));
    }

    private static string Between(string text, string from, string to)
    {
        string normal = text.ReplaceLineEndings("\n");
        int start = normal.IndexOf(from, StringComparison.Ordinal) + from.Length;
        Assert.True(start >= from.Length, from);
        return normal[start..normal.IndexOf(to, start, StringComparison.Ordinal)];
    }
}
