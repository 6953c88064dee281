using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs requeue</c>: what dump wrote, sent again.</summary>
internal static class RequeueCommand
{
    private static readonly Argument<string> Queue = SqsOptions.Queue();
    private static readonly Argument<string> Lines = new("FILE") { Description = "As dump writes it. It is checked to its end before anything is sent." };
    private static readonly Option<bool> NewIds = new("--new-ids") { Description = "For a FIFO queue: new deduplication ids, so that it takes what it has had within five minutes." };
    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create() => SqsAction.Set(
        new Command("requeue", "Send a dump again: bodies, attributes, groups and deduplication ids. What fails is in FILE.failed.") { Queue, Lines, NewIds, Json }, RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, SqsPlace place)
    {
        using var interrupts = new Interrupts(secondEnds: true);
        string path = parsed.GetValue(Lines)!;
        if (!MessageSource.IsFile(path))
            throw new Refusal($"{path} can be read only once, and requeue reads it twice, to check it to its end first: write it to a file, or pipe it into 'zanshin sqs send --json-lines'.");
        var source = new MessageSource(() => MessageSource.Open(path), path, json: true, tornLast: true);
        using var unsent = new UnsentFile($"{path}.failed");
        long total = 0;
        try
        {
            await foreach (var _ in source.ReadAsync(interrupts.Token))
                total++;
            using OpenQueue queue = await OpenQueue.FindAsync(place, parsed.GetValue(Queue)!, interrupts.Token);
            bool contentBased = queue.Fifo && (await queue.FactsAsync(interrupts.Token)).ContentBasedDeduplication;
            var run = new SendRun(queue, source, new SendDefaults { NewIds = parsed.GetValue(NewIds), ContentBased = contentBased }, unsent.Add, interrupts.Token);
            await Bar.ShowAsync("sent", total, () => run.Sent, run.RunAsync());
            List<string> problems = [.. run.Problems];
            if (source.Torn)
                Console.Error.WriteLine(Printable.Line($"zanshin: the last line of {path} is cut off and was left out: the dump was ended while it wrote it, before it deleted that message."));
            if (unsent.Lines > 0)
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{unsent.Lines:N0} lines that were not sent are in {unsent.Path}: requeue that file."));
            if (run.Sent + unsent.Lines != total)
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"{path} had {Counted.Messages(total)} when it was checked, and {run.Sent + unsent.Lines:N0} when they were sent: it was changed meanwhile."));
            bool interrupted = interrupts.Token.IsCancellationRequested && unsent.Lines > 0;
            var report = new RequeueReport(queue.Name, path, run.Sent, unsent.Lines, unsent.Lines > 0 ? unsent.Path : null, interrupted, problems);
            Console.WriteLine(parsed.GetValue(Json)
                ? JsonSerializer.Serialize(report, SqsJson.Default.RequeueReport)
                : string.Create(CultureInfo.InvariantCulture, $"{report.Sent:N0} of {Counted.Were(total)} sent to queue '{report.Queue}'."));
            return SqsAction.End(problems, interrupted);
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }
}
