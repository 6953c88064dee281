using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Amazon.SQS.Model;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs create</c>: a queue, with a dead-letter queue if wanted. What is there already, with the same attributes, is fine.</summary>
internal static class CreateCommand
{
    private const string Retention = "MessageRetentionPeriod";

    private static readonly Argument<string> Name = new("NAME") { Description = "Its name. One that ends in .fifo is a FIFO queue." };

    private static readonly Option<string?> DeadLetters = new("--dead-letters")
    {
        Description = "With a dead-letter queue, made too unless it is there. Default name: NAME-dlq.",
        HelpName = "QUEUE",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<int> MaxReceives = new("--max-receives")
    {
        Description = "With --dead-letters: after so many receives a message goes there. Zanshin's retries want at least 5.",
        HelpName = "N",
        DefaultValueFactory = static _ => 5,
        CustomParser = Given.Number("--max-receives", 1, 1000),
    };

    private static readonly Option<TimeSpan> Visibility = new("--visibility")
    {
        Description = "The visibility timeout. Default: SQS's own, 30s.",
        HelpName = "TIME",
        CustomParser = Given.WholeSeconds("--visibility", TimeSpan.Zero, TimeSpan.FromHours(12)),
    };

    private static readonly Option<string[]> Attribute = new("--attribute", "-a")
    {
        Description = "Any attribute of CreateQueue, like DelaySeconds=5. More than once for more.",
        HelpName = "NAME=VALUE",
    };

    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create()
    {
        var command = new Command("create", "Create a queue, with a dead-letter queue if wanted.") { Name, DeadLetters, MaxReceives, Visibility, Attribute, Json };
        command.Validators.Add(static given =>
        {
            if (given.GetResult(MaxReceives) is { Implicit: false } && given.GetResult(DeadLetters) is null)
                given.AddError("--max-receives says when a message goes to the dead-letter queue: give --dead-letters too.");
        });
        return SqsAction.Set(command, static (parsed, place) => SqsAction.InterruptibleAsync(stop => RunAsync(parsed, place, stop)));
    }

    private static async Task<int> RunAsync(ParseResult parsed, SqsPlace place, CancellationToken stop)
    {
        QueueReference queue = ByName(parsed.GetValue(Name)!, "NAME");
        Dictionary<string, string> attributes = Attributes(parsed, queue);
        QueueReference? dead = parsed.GetResult(DeadLetters) is null ? null : ByName(parsed.GetValue(DeadLetters) ?? DeadLetterName(queue), "--dead-letters");
        if (dead is not null && (dead.Fifo != queue.Fifo || dead.Name == queue.Name))
            throw new Refusal($"'{dead.Name}' cannot be the dead-letter queue of '{queue.Name}': give another queue of the same kind, FIFO or standard.");
        using var calls = new SqsCalls(place.Client(), TimeProvider.System);
        bool deadCreated = false;
        if (dead is not null)
        {
            // As long as SQS keeps anything: the time counts from the first send.
            Dictionary<string, string> its = new() { [Retention] = "1209600" };
            if (dead.Fifo)
                its["FifoQueue"] = "true";
            (string deadUrl, deadCreated) = await EnsureAsync(calls, dead, its, mayDiffer: true, stop);
            string arn = (await new OpenQueue(calls, dead.Name, deadUrl).FactsAsync(stop)).Arn
                ?? throw new Refusal($"queue '{dead.Name}' does not say its ARN, so that it cannot be made a dead-letter queue.");
            attributes["RedrivePolicy"] = JsonSerializer.Serialize(new RedrivePolicy(arn, parsed.GetValue(MaxReceives)), RedrivePolicyJson.Default.RedrivePolicy);
        }
        (string url, bool created) = await EnsureAsync(calls, queue, attributes, mayDiffer: false, stop);
        var report = new CreateReport(queue.Name, url, created, dead?.Name, deadCreated);
        Console.WriteLine(parsed.GetValue(Json) ? JsonSerializer.Serialize(report, SqsJson.Default.CreateReport) : Text(report));
        return ExitCode.Good;
    }

    /// <param name="mayDiffer">One that is there is taken as it is; else SQS compares its attributes.</param>
    private static async Task<(string Url, bool Created)> EnsureAsync(SqsCalls calls, QueueReference queue, Dictionary<string, string> attributes, bool mayDiffer, CancellationToken stop)
    {
        string? there = null;
        try
        {
            there = await OpenQueue.UrlAsync(calls, queue, stop);
        }
        catch (Refusal refusal) when (refusal.InnerException is { } cause && SqsTrouble.IsNoQueue(cause))
        {
            // To be made.
        }
        if (there is not null && mayDiffer)
            return (there, false);
        var request = new CreateQueueRequest { QueueName = queue.Name, Attributes = attributes };
        CreateQueueResponse made = await calls.AskAsync($"create queue '{queue.Name}'", (client, limit) => client.CreateQueueAsync(request, limit), cancel: stop);
        return (made.QueueUrl, there is null);
    }

    private static Dictionary<string, string> Attributes(ParseResult parsed, QueueReference queue)
    {
        Dictionary<string, string> attributes = [];
        foreach (string text in parsed.GetValue(Attribute) ?? [])
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new Refusal($"--attribute is '{text}': give NAME=VALUE, like DelaySeconds=5.");
            attributes[text[..equals]] = text[(equals + 1)..];
        }
        if (queue.Fifo)
            attributes["FifoQueue"] = "true";
        if (parsed.GetResult(Visibility) is not null)
            attributes["VisibilityTimeout"] = parsed.GetValue(Visibility).TotalSeconds.ToString(CultureInfo.InvariantCulture);
        return attributes;
    }

    private static QueueReference ByName(string text, string what)
    {
        QueueReference queue = QueueReference.Read(text);
        return queue.Name == text ? queue : throw new Refusal($"{what} is '{text}': give a name, under which SQS makes the queue in your account.");
    }

    private static string DeadLetterName(QueueReference queue) => queue.Fifo ? $"{queue.Name[..^".fifo".Length]}-dlq.fifo" : $"{queue.Name}-dlq";

    private static string Text(CreateReport report) => Printable.Line(
        $"Queue '{report.Queue}' {(report.Created ? "is created" : "was there already, with these attributes")}: {report.Url}"
        + (report.DeadLetterQueue is { } dead ? $". Its dead-letter queue is '{dead}', {(report.DeadLetterQueueCreated ? "created too" : "which was there already")}." : ""));
}
