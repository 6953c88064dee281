using Amazon.SQS.Model;

namespace Zanshin.EndToEnd.Work;

/// <summary><c>zanshin work --assembly</c> on the sample's handlers.</summary>
public sealed class AssemblyTests(WorkServer server) : IClassFixture<WorkServer>
{
    private static string Handlers { get; } = Artifacts.Library("WorkHandlers");

    [Fact]
    public async Task Its_handlers_are_found_and_made_with_its_services()
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server, queue: "orders");
        await rig.SendAsync("""{"number":7}""", Type("order.placed"));
        await rig.SendAsync("""{"number":8}""", Type("order.cancelled"));
        await rig.SendAsync("""{"number":0}""", Type("order.cancelled"));
        await rig.SendAsync("""{"number":1}""", Type("order.unknown"));
        Child tool = rig.Work("--assembly", Handlers, "-C", await ConfigurationAsync(rig));
        await rig.EmptyAsync(tool);

        Assert.Equal(
            ["cancelled 8", "order.cancelled: Done", "order.cancelled: Reject: there is no order 0", "order.placed: Done", "placed 7"],
            (await File.ReadAllLinesAsync(rig.File("shop.txt"))).Order(StringComparer.Ordinal));
        Assert.Equal(["""{"number":0}""", """{"number":1}"""], (await rig.DeadAsync()).Select(static d => d.Body).Order());
    }

    [Fact]
    public async Task Batches_too()
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server, queue: "mail");
        for (int i = 0; i < 3; i++)
            await rig.SendAsync($"letter {i}");
        Child tool = rig.Work("--assembly", Handlers, "-C", await ConfigurationAsync(rig));
        await rig.EmptyAsync(tool);
        Assert.Equal(["mailed letter 0", "mailed letter 1", "mailed letter 2"], (await File.ReadAllLinesAsync(rig.File("shop.txt"))).Order());
    }

    [Theory]
    [InlineData("no-such.dll", "there is no assembly 'no-such.dll'")]
    [InlineData(".", "is a directory")]
    public async Task What_cannot_be_loaded_is_a_sentence(string file, string sentence)
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await RefusedAsync(rig.Work("--assembly", file), sentence);
    }

    [Fact]
    public async Task What_has_no_handlers_is_a_sentence()
    {
        await using WorkRig rig = await WorkRig.CreateAsync(server);
        await File.WriteAllTextAsync(rig.File("Text.dll"), "This is no assembly.");
        await RefusedAsync(rig.Work("--assembly", rig.File("Text.dll")), "is no .NET assembly");
        await RefusedAsync(rig.Work("--assembly", typeof(Amazon.SQS.AmazonSQSClient).Assembly.Location), "does not use Zanshin");
        await RefusedAsync(rig.Work("--assembly", typeof(Bare).Assembly.Location), "has no class with a [Handler");
        await RefusedAsync(rig.Work("--assembly", Handlers), $"no handler in '{Handlers}' is for the queue '{rig.Queue}': it has handlers for orders, mail");
    }

    private static async Task RefusedAsync(Child tool, string sentence)
    {
        await tool.ExitAsync(30);
        Assert.Equal(1, tool.ExitCode);
        Assert.Contains(sentence, tool.Err, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", tool.Err + tool.Out, StringComparison.Ordinal);
    }

    private static async Task<string> ConfigurationAsync(WorkRig rig)
    {
        string file = rig.File("appsettings.json");
        await File.WriteAllTextAsync(file, $$$"""{"Shop":{"File":"{{{rig.File("shop.txt")}}}"},"Zanshin":{"Concurrency":2}}""");
        return file;
    }

    private static Dictionary<string, MessageAttributeValue> Type(string name) => new() { ["zanshin-type"] = new() { DataType = "String", StringValue = name } };

    /// <summary>A handler without an attribute, in this assembly.</summary>
    internal sealed class Bare : IHandleDone<string>
    {
        public ValueTask HandleAsync(Message<string> message, CancellationToken cancel) => ValueTask.CompletedTask;
    }
}
