using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs dump</c>: a queue's messages into a file, and off the queue if wanted.</summary>
internal static class DumpCommand
{
    private static readonly Argument<string> Queue = SqsOptions.Queue();

    private static readonly Option<string?> Output = new("--output", "-o")
    {
        Description = "The file, which must not exist yet; - for stdout. Default: QUEUE-DATE.jsonl.",
        HelpName = "FILE",
    };

    private static readonly Option<int> Number = SqsOptions.Number("At most so many. Default: all.");

    private static readonly Option<bool> Delete = new("--delete", "-d") { Description = "Delete from the queue what is safely in the file. Asks first." };

    private static readonly Option<bool> Yes = SqsOptions.Yes();

    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create()
    {
        var command = new Command("dump", "Write a queue's messages to a file of JSON lines, which requeue sends again.") { Queue, Output, Number, Delete, Yes, Json };
        command.Validators.Add(static given =>
        {
            if (given.GetValue(Output) != "-")
                return;
            if (given.GetValue(Delete))
                given.AddError("-o - writes to stdout, where nothing is safe yet: give --delete with a file.");
            if (given.GetValue(Json))
                given.AddError("-o - writes the messages to stdout, and --json the result: give one of them.");
        });
        return SqsAction.Set(command, RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, SqsPlace place)
    {
        using OpenQueue queue = await OpenQueue.FindAsync(place, parsed.GetValue(Queue)!, CancellationToken.None);
        QueueFacts facts = await queue.FactsAsync();
        bool delete = parsed.GetValue(Delete);
        long limit = SqsOptions.Limit(parsed.GetValue(Number)), total = Math.Min(limit, facts.Visible);
        if (delete && !Consent.Given(parsed.GetValue(Yes), $"about {Counted.Messages(total)} would be deleted from queue '{queue.Name}' at {queue.Calls.Where} once in the file"))
            return ExitCode.Bad;
        using DumpFile file = parsed.GetValue(Output) switch
        {
            "-" => DumpFile.Stdout(),
            { } path => DumpFile.Create(path),
            null => DumpFile.Create(string.Create(CultureInfo.InvariantCulture, $"{queue.Name}-{TimeProvider.System.GetLocalNow():yyyy-MM-dd}.jsonl")),
        };
        return await SqsAction.InterruptibleAsync(async stop =>
        {
            var run = new DumpRun(queue, file, limit, delete, stop);
            DumpReport report = await Bar.ShowAsync("dumped", total, () => run.Written, run.RunAsync());
            if (parsed.GetValue(Json))
                Console.WriteLine(JsonSerializer.Serialize(report, SqsJson.Default.DumpReport));
            else
                Print(report, delete, file.Path == "-" ? Console.Error : Console.Out);
            return SqsAction.End(report.Problems, report.Interrupted);
        });
    }

    private static void Print(DumpReport report, bool delete, TextWriter to)
    {
        string where = report.File == "-" ? "stdout" : report.File;
        to.WriteLine(Printable.Line($"{Counted.Messages(report.Messages)} of queue '{report.Queue}' {(report.Messages switch { 0 => "were there to be written", 1 => $"is in {where}", _ => $"are in {where}" })}"
            + (delete ? string.Create(CultureInfo.InvariantCulture, $", {report.Deleted:N0} of them are deleted from it.") : ".")));
        if (report.Returned > 0)
            to.WriteLine("They are visible again; their receive counts have gone up by one.");
        if (report.NextReceiveIsTooMany > 0)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.NextReceiveIsTooMany:N0} of them have reached the queue's maxReceiveCount: their next receive sends them to the dead-letter queue."));
        if (report.InFlight > 0 || report.Delayed > 0)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Not seen: about {report.InFlight:N0} in flight elsewhere and {report.Delayed:N0} delayed."));
    }
}
