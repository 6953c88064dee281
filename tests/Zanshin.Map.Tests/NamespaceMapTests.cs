namespace Zanshin.Map.Tests;

/// <summary>The arrows inside the worker (docs/architecture.md, "The map"): one message flows one way.</summary>
public class NamespaceMapTests
{
    private const string Root = "";

    private static readonly AssemblyUses Worker = AssemblyUses.Of(Built.Path("Zanshin"));

    /// <summary>The map. Everything may use the contract at the root, Observing and Timing.</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Receiving"] = ["Dispatching", "Sqs"],
        ["Dispatching"] = ["Pipeline", "Leasing", "Settling"],
        ["Pipeline"] = ["Handling"],
        ["Handling"] = [],
        ["Leasing"] = ["Sqs"],
        ["Settling"] = ["Sqs"],
        ["Sending"] = ["Pipeline", "Sqs"],
        ["Sqs"] = [],
        ["Observing"] = [],
        ["Timing"] = [],
        ["Hosting"] = ["Receiving", "Dispatching", "Pipeline", "Handling", "Leasing", "Settling", "Sending", "Sqs"],
    };

    /// <summary>What goes beyond the map, type by type, and why it may. None of it leads a message backwards.</summary>
    private static readonly (string User, string Used, string Why)[] Exceptions =
    [
        ("Settling.Settler", "Leasing", "a settled message's lease ends"),
        ("Settling.Deletes", "Leasing", "an extension that fails beside a delete says nothing"),
        ("Settling.Returns", "Leasing", "at most one visibility call per receipt handle: a return waits for an extension that is under way"),
        ("Settling.Rejects", "Leasing", "a rejected message is kept until its copy is in the dead-letter queue"),
        ("Settling.Hops", "Leasing", "a message that is not due is kept until it is sent on"),
        ("Sending.SendQueues", "Hosting", "queues and clients are found in the same way for both sides"),
        ("Observing.MessageScope", "Dispatching", "shows the message that it is about"),
        ("Observing.MessageScope", "Pipeline", "shows the verdict"),
        ("Observing.ProcessActivity", "Dispatching", "the same"),
        ("Observing.ProcessActivity", "Pipeline", "shows the verdict"),
        ("Observing.RunMeasures", "Dispatching", "measures the run that it is about"),
        ("Observing.RunMeasures", "Pipeline", "measures what it came to"),
        ("Observing.DiagnosticEvents", "Dispatching", "names the message that starts"),
        ("Observing.Log", "Leasing", "names how a lease was lost"),
        ("Observing.Log", "Sqs", "names what failed"),
        ("Observing.Trouble", "Sqs", "keeps what failed"),
        ("Observing.StatusReport", "Hosting", "reads every part of a queue's worker, changes none"),
        ("Observing.StatusReport", "Dispatching", "the same"),
        ("Observing.StatusReport", "Leasing", "the same"),
        ("Observing.StatusReport", "Receiving", "the same"),
    ];

    /// <summary>Types of the contract that stand before something inside; all others know nothing of it.</summary>
    private static readonly Dictionary<string, string[]> Facades = new()
    {
        ["ZanshinWorker"] = ["Hosting", "Dispatching", "Receiving", "Sqs"],
        ["ZanshinServiceCollectionExtensions"] = ["Hosting", "Sending"],
        ["ZanshinBuilder"] = ["Sending", "Pipeline", "Hosting"],
        ["QueueBuilder"] = ["Handling", "Pipeline", "Hosting"],
        ["MiddlewareList`1"] = ["Pipeline"],
        ["Envelope"] = ["Handling"],
        ["Body"] = ["Handling"],
        ["Message"] = ["Dispatching"],
        ["Lease"] = ["Leasing"],
        ["GroupBuilder"] = ["Hosting"],
        ["GroupControl"] = ["Hosting", "Dispatching"],
        ["QueueControl"] = ["Hosting", "Dispatching", "Receiving"],
        ["QueueTurn"] = ["Dispatching"],
        ["Polling"] = ["Dispatching"],
    };

    [Fact]
    public void Every_folder_of_the_worker_is_on_the_map() =>
        Assert.Equal(Arrows.Keys.Order(StringComparer.Ordinal), Own().SelectMany(static u => new[] { u.From, u.To }).Where(static n => n != Root).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Uses_inside_the_worker_follow_the_arrows() => Assert.Empty(
        from use in Own()
        where use.From != Root && use.From != use.To && use.To is not (Root or "Observing" or "Timing")
        where !Arrows[use.From].Contains(use.To)
        where !Exceptions.Any(e => e.User == use.User && e.Used == use.To)
        select $"{use.User} uses {use.Used}");

    [Fact]
    public void The_contract_knows_the_inside_only_where_it_stands_before_it() => Assert.Empty(
        from use in Own()
        where use.From == Root && use.To is not (Root or "Observing" or "Timing")
        where !(Facades.TryGetValue(use.User, out string[]? behind) && behind.Contains(use.To))
        select $"{use.User} uses {use.Used}");

    [Fact]
    public void Every_exception_is_still_needed() => Assert.Empty(
        from exception in Exceptions
        where !Own().Any(use => use.User == exception.User && use.To == exception.Used)
        select $"{exception.User} does not use {exception.Used} any more: remove it from the list");

    [Fact]
    public void The_hops_of_a_message_have_no_way_back()
    {
        // Observing looks at everything and Hosting wires everything; a cycle among the others would be a message that flows in circles.
        string[] hops = [.. Arrows.Keys.Except(["Observing", "Hosting"])];
        HashSet<(string From, string To)> left = [.. Own().Where(u => hops.Contains(u.From) && hops.Contains(u.To) && u.From != u.To).Select(static u => (u.From, u.To))];
        while (left.RemoveWhere(arrow => !left.Any(next => next.From == arrow.To)) > 0)
        {
            // Takes away what leads nowhere, until only circles are left.
        }
        Assert.Empty(left);
    }

    [Fact]
    public void Only_Sqs_and_the_search_for_queues_call_the_client() => Assert.Equal(
        ["Zanshin.Hosting.MissingQueues::CreateQueueAsync", "Zanshin.Hosting.QueueResolver::GetQueueAttributesAsync", "Zanshin.Hosting.QueueResolver::GetQueueUrlAsync"],
        Worker.Calls
            .Where(static c => c.Call.StartsWith("Amazon.SQS.IAmazonSQS::", StringComparison.Ordinal) || c.Call.StartsWith("Amazon.SQS.AmazonSQSClient::", StringComparison.Ordinal))
            .Where(static c => !c.User.StartsWith("Zanshin.Sqs.", StringComparison.Ordinal) && !c.Call.EndsWith("::.ctor", StringComparison.Ordinal))
            .Select(static c => $"{c.User}::{c.Call.Split("::")[1]}"));

    // Only the worker's own types; generated ones (in other namespaces) aside. "Zanshin.Sqs.SqsQueue" is "Sqs.SqsQueue" here, and its folder "Sqs".
    private static IEnumerable<(string User, string From, string Used, string To)> Own() =>
        from use in Worker.Types
        where IsOwn(use.User) && IsOwn(use.Used)
        let user = use.User["Zanshin.".Length..]
        let used = use.Used["Zanshin.".Length..]
        select (user, Folder(user), used, Folder(used));

    private static bool IsOwn(string type) => type.StartsWith("Zanshin.", StringComparison.Ordinal);

    private static string Folder(string type) => type.Contains('.', StringComparison.Ordinal) ? type[..type.IndexOf('.', StringComparison.Ordinal)] : Root;
}
