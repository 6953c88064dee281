using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs delete</c>: a queue and all that is in it.</summary>
internal static class DeleteCommand
{
    private static readonly Argument<string> Queue = SqsOptions.Queue();
    private static readonly Option<bool> Yes = SqsOptions.Yes();
    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create() => SqsAction.Set(new Command("delete", "Delete a queue and all its messages. Asks first.") { Queue, Yes, Json }, RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, SqsPlace place)
    {
        using OpenQueue queue = await OpenQueue.FindAsync(place, parsed.GetValue(Queue)!, CancellationToken.None);
        QueueFacts facts = await queue.FactsAsync();
        long messages = facts.Visible + facts.InFlight + facts.Delayed;
        if (!Consent.Given(parsed.GetValue(Yes), $"queue '{queue.Name}' at {queue.Calls.Where} would be deleted with its {Counted.Messages(messages)}"))
            return ExitCode.Bad;
        await queue.Calls.AskAsync($"delete queue '{queue.Name}'", (client, limit) => client.DeleteQueueAsync(queue.Url, limit));
        Console.WriteLine(parsed.GetValue(Json)
            ? JsonSerializer.Serialize(new QueueDone(queue.Name, queue.Url, "deleted", messages), SqsJson.Default.QueueDone)
            : $"Queue '{queue.Name}' is deleted, and with it about {Counted.Messages(messages)}.");
        return ExitCode.Good;
    }
}
