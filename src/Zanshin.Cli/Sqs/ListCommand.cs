using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs ls</c>: all queues with their counts, once or again and again.</summary>
internal static class ListCommand
{
    private static readonly Argument<string?> Prefix = new("PREFIX") { Description = "Only queues whose names begin so.", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "List again and again, until Ctrl+C." };

    private static readonly Option<int> Interval = new("--interval")
    {
        Description = "With --watch: seconds between two lists. A list costs a request for each queue.",
        HelpName = "SECONDS",
        DefaultValueFactory = static _ => 2,
        CustomParser = Given.Number("--interval", 1, 86_400),
    };

    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create()
    {
        var command = new Command("ls", "List queues and how many messages each has.") { Prefix, Watch, Interval, Json };
        command.Validators.Add(static given =>
        {
            if (given.GetValue(Watch) && given.GetValue(Json))
                given.AddError("--watch lists again and again, and --json prints one document: give one of them.");
        });
        return SqsAction.Set(command, static (parsed, place) => SqsAction.InterruptibleAsync(stop => RunAsync(parsed, place, stop)));
    }

    private static async Task<int> RunAsync(ParseResult parsed, SqsPlace place, CancellationToken stop)
    {
        using var calls = new SqsCalls(place.Client(), TimeProvider.System);
        string? prefix = parsed.GetValue(Prefix);
        if (!parsed.GetValue(Watch))
        {
            Print(await ListAsync(calls, prefix, stop), parsed.GetValue(Json));
            return ExitCode.Good;
        }
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(parsed.GetValue(Interval)), TimeProvider.System);
        do
        {
            QueueList list = await ListAsync(calls, prefix, stop);
            if (!Console.IsOutputRedirected)
                Console.Write("\u001b[H\u001b[2J");
            Console.WriteLine($"{TimeProvider.System.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}  {Printable.Line(calls.Where)}");
            Print(list, json: false);
        }
        while (await timer.WaitForNextTickAsync(stop));
        return ExitCode.Good;
    }

    /// <summary>All pages, then each queue's attributes, some at once.</summary>
    internal static async Task<QueueList> ListAsync(SqsCalls calls, string? prefix, CancellationToken stop)
    {
        List<string> urls = [];
        string? next = null;
        do
        {
            // Without a maximum SQS gives a first thousand and no way to the rest.
            var request = new ListQueuesRequest { QueueNamePrefix = prefix, MaxResults = 1000, NextToken = next };
            ListQueuesResponse page = await calls.AskAsync("list queues", (client, limit) => client.ListQueuesAsync(request, limit), cancel: stop);
            urls.AddRange(page.QueueUrls ?? []);
            next = page.NextToken;
        }
        while (!string.IsNullOrEmpty(next));
        List<QueueRow> rows = [];
        foreach (string[] some in urls.Chunk(OpenQueue.AtOnce))
            rows.AddRange((await Task.WhenAll(some.Select(url => RowAsync(calls, url, stop)))).OfType<QueueRow>());
        rows.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new(calls.Where, rows);
    }

    private static async Task<QueueRow?> RowAsync(SqsCalls calls, string url, CancellationToken stop)
    {
        string name = url[(url.LastIndexOf('/') + 1)..];
        // Not disposed: the calls are the list's.
        var queue = new OpenQueue(calls, name, url);
        try
        {
            QueueFacts facts = await queue.FactsAsync(stop);
            return new(name, url, facts.Visible, facts.InFlight, facts.Delayed, facts.Modified, queue.Fifo, facts.DeadLetterArn, facts.MaxReceives);
        }
        catch (Refusal refusal) when (refusal.InnerException is { } cause && SqsTrouble.IsNoQueue(cause))
        {
            // Deleted since it was listed.
            return null;
        }
    }

    private static void Print(QueueList list, bool json)
    {
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(list, SqsJson.Default.QueueList));
        else if (list.Queues.Count == 0)
            Console.WriteLine(Printable.Line($"There are no such queues at {list.Where}."));
        else
            Console.Write(TextTable.Of(["queue", ">available", ">in flight", ">delayed", "modified", "kind", "dead-letter queue"], [.. list.Queues.Select(Row)]));
    }

    private static string[] Row(QueueRow queue) =>
    [
        Printable.Line(queue.Name),
        queue.Available.ToString("N0", CultureInfo.InvariantCulture),
        queue.InFlight.ToString("N0", CultureInfo.InvariantCulture),
        queue.Delayed.ToString("N0", CultureInfo.InvariantCulture),
        queue.LastModified?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "",
        queue.Fifo ? "FIFO" : "standard",
        queue.DeadLetterQueue is { } arn
            ? Printable.Line(string.Create(CultureInfo.InvariantCulture, $"{arn[(arn.LastIndexOf(':') + 1)..]} after {queue.MaxReceives} receives"))
            : "",
    ];
}
