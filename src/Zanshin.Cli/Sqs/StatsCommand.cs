using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs stats</c>: all that SQS tells of a queue.</summary>
internal static class StatsCommand
{
    private static readonly string[] s_counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];
    private static readonly string[] s_times = ["CreatedTimestamp", "LastModifiedTimestamp"];
    private static readonly string[] s_seconds = ["VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "KmsDataKeyReusePeriodSeconds"];

    private static readonly Argument<string> Queue = SqsOptions.Queue();
    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create() => SqsAction.Set(
        new Command("stats", "Show all that SQS tells of a queue: counts, attributes, policies, tags, and whose dead-letter queue it is.") { Queue, Json },
        static (parsed, place) => SqsAction.InterruptibleAsync(stop => RunAsync(parsed, place, stop)));

    private static async Task<int> RunAsync(ParseResult parsed, SqsPlace place, CancellationToken stop)
    {
        using OpenQueue queue = await OpenQueue.FindAsync(place, parsed.GetValue(Queue)!, stop);
        QueueFacts facts = await queue.FactsAsync(stop);
        List<string> unreadable = [];
        List<string>? sources = await IfAllowedAsync(() => SourcesAsync(queue, stop), unreadable);
        Dictionary<string, string>? tags = await IfAllowedAsync(() => TagsAsync(queue, stop), unreadable);
        var stats = new QueueStats(queue.Name, queue.Url, facts.Visible, facts.InFlight, facts.Delayed, facts.Attributes, sources, tags, unreadable);
        if (parsed.GetValue(Json))
            Console.WriteLine(JsonSerializer.Serialize(stats, SqsJson.Default.QueueStats));
        else
            Print(stats);
        return ExitCode.Good;
    }

    private static async Task<List<string>> SourcesAsync(OpenQueue queue, CancellationToken stop)
    {
        List<string> urls = [];
        string? next = null;
        do
        {
            var request = new ListDeadLetterSourceQueuesRequest { QueueUrl = queue.Url, MaxResults = 1000, NextToken = next };
            ListDeadLetterSourceQueuesResponse page =
                await queue.Calls.AskAsync($"say whose dead-letter queue '{queue.Name}' is", (client, limit) => client.ListDeadLetterSourceQueuesAsync(request, limit), cancel: stop);
            urls.AddRange(page.QueueUrls ?? []);
            next = page.NextToken;
        }
        while (!string.IsNullOrEmpty(next));
        return urls;
    }

    private static async Task<Dictionary<string, string>> TagsAsync(OpenQueue queue, CancellationToken stop) => (await queue.Calls.AskAsync(
        $"list the tags of queue '{queue.Name}'", (client, limit) => client.ListQueueTagsAsync(new ListQueueTagsRequest { QueueUrl = queue.Url }, limit), cancel: stop)).Tags ?? [];

    // Each has a permission of its own, and the rest is worth showing without it.
    private static async Task<T?> IfAllowedAsync<T>(Func<Task<T>> read, List<string> unreadable)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (Refusal refusal)
        {
            unreadable.Add(refusal.Message);
            return null;
        }
    }

    private static void Print(QueueStats stats)
    {
        List<string[]> rows =
        [
            ["available", stats.Available.ToString("N0", CultureInfo.InvariantCulture)],
            ["in flight", stats.InFlight.ToString("N0", CultureInfo.InvariantCulture)],
            ["delayed", stats.Delayed.ToString("N0", CultureInfo.InvariantCulture)],
            .. stats.Attributes.Where(static a => !s_counts.Contains(a.Key)).OrderBy(static a => a.Key, StringComparer.Ordinal).Select(static a => new[] { a.Key, Value(a.Key, a.Value) }),
            .. (stats.DeadLettersOf ?? []).Select(static url => new[] { "dead-letter queue of", url }),
            .. (stats.Tags ?? new Dictionary<string, string>()).Select(static t => new[] { $"tag {t.Key}", t.Value }),
        ];
        Console.Write(TextTable.Of([Printable.Line(stats.Queue), Printable.Line(stats.Url)], [.. rows.Select(static r => r.Select(Printable.Line).ToArray())]));
        Console.WriteLine();
        Console.WriteLine("The counts are SQS's estimates. How old the oldest message is, only CloudWatch knows (ApproximateAgeOfOldestMessage).");
        foreach (string sentence in stats.Unreadable)
            Console.WriteLine(Printable.Line($"Not shown: {sentence}"));
    }

    private static string Value(string name, string value) => s_times.Contains(name) && DumpLine.Time($"{value}000") is { } time ? time
        : s_seconds.Contains(name) && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds > 0 ? Durations.Text(TimeSpan.FromSeconds(seconds))
        : value;
}
