using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs purge</c>: all messages of a queue, in flight and delayed ones too; the queue stays.</summary>
internal static class PurgeCommand
{
    private static readonly Argument<string> Queue = SqsOptions.Queue();
    private static readonly Option<bool> Yes = SqsOptions.Yes();
    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create() => SqsAction.Set(new Command("purge", "Delete all messages of a queue. Asks first.") { Queue, Yes, Json }, RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, SqsPlace place)
    {
        using OpenQueue queue = await OpenQueue.FindAsync(place, parsed.GetValue(Queue)!, CancellationToken.None);
        QueueFacts facts = await queue.FactsAsync();
        long messages = facts.Visible + facts.InFlight + facts.Delayed;
        if (!Consent.Given(parsed.GetValue(Yes), string.Create(CultureInfo.InvariantCulture, $"{(messages == 1 ? "1 message" : $"all {messages:N0} messages")} of queue '{queue.Name}' at {queue.Calls.Where} would be deleted")))
            return ExitCode.Bad;
        await queue.Calls.AskAsync($"purge queue '{queue.Name}'", (client, limit) => client.PurgeQueueAsync(queue.Url, limit));
        Console.WriteLine(parsed.GetValue(Json)
            ? JsonSerializer.Serialize(new QueueDone(queue.Name, queue.Url, "purged", messages), SqsJson.Default.QueueDone)
            : $"Queue '{queue.Name}' is purged of about {Counted.Messages(messages)}. SQS takes up to 60 seconds for it, and what is sent meanwhile may go too.");
        return ExitCode.Good;
    }
}
