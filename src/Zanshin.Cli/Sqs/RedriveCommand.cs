using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs redrive</c>: a dead-letter queue's messages back to where they came from, by SQS itself.</summary>
internal static class RedriveCommand
{
    private static readonly Argument<string> Queue = SqsOptions.Queue("QUEUE", "The dead-letter queue: its name, URL or ARN.");
    private static readonly Option<string?> To = new("--to") { Description = "Another queue. Default: where each message came from.", HelpName = "QUEUE" };

    private static readonly Option<int> Rate = new("--rate")
    {
        Description = "Messages a second, at most. Default: as many as SQS sees fit.",
        HelpName = "N",
        CustomParser = Given.Number("--rate", 1, 500),
    };

    private static readonly Option<bool> Detach = new("--detach") { Description = "Begin the move and do not wait for its end." };
    private static readonly Option<bool> Status = new("--status") { Description = "Show the last move, and begin none." };
    private static readonly Option<bool> Cancel = new("--cancel") { Description = "Cancel the move that is running." };
    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create()
    {
        var command = new Command("redrive", "Have SQS move a dead-letter queue's messages back, watch it, and cancel it by Ctrl+C.") { Queue, To, Rate, Detach, Status, Cancel, Json };
        command.Validators.Add(static given =>
        {
            int ways = (given.GetValue(Detach) ? 1 : 0) + (given.GetValue(Status) ? 1 : 0) + (given.GetValue(Cancel) ? 1 : 0);
            if (ways > 1)
                given.AddError("--detach, --status and --cancel are three different things: give one of them.");
            if ((given.GetValue(Status) || given.GetValue(Cancel)) && (given.GetValue(To) is not null || given.GetResult(Rate) is not null))
                given.AddError("--to and --rate are for a move that begins, which --status and --cancel do not do.");
        });
        return SqsAction.Set(command, RunAsync);
    }

    private static async Task<int> RunAsync(ParseResult parsed, SqsPlace place)
    {
        using var interrupts = new Interrupts(secondEnds: true);
        try
        {
            using OpenQueue queue = await OpenQueue.FindAsync(place, parsed.GetValue(Queue)!, interrupts.Token);
            QueueFacts facts = await queue.FactsAsync(interrupts.Token);
            var run = new RedriveRun(queue, facts.Arn ?? throw new Refusal($"queue '{queue.Name}' does not say its ARN, by which SQS redrives."));
            RedriveReport report = await RunAsync(parsed, place, run, facts.Visible, interrupts.Token);
            Console.WriteLine(parsed.GetValue(Json) ? JsonSerializer.Serialize(report, SqsJson.Default.RedriveReport) : Text(report));
            return SqsAction.End(report.Problems, report.Interrupted);
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
    }

    private static async Task<RedriveReport> RunAsync(ParseResult parsed, SqsPlace place, RedriveRun run, long total, CancellationToken stop)
    {
        List<string> problems = [];
        if (parsed.GetValue(Cancel))
        {
            if (await run.LastAsync(stop) is not { Status: "RUNNING", TaskHandle: { Length: > 0 } handle })
                throw new Refusal("there is no move to cancel: none is running.");
            await run.CancelAsync(handle, problems);
            return run.Report(await run.LastAsync(stop), interrupted: false, problems);
        }
        if (parsed.GetValue(Status))
            return run.Report(await run.LastAsync(stop), interrupted: false, problems);
        string? to = null;
        if (parsed.GetValue(To) is { } name)
        {
            using OpenQueue other = await OpenQueue.FindAsync(place, name, stop);
            to = (await other.FactsAsync(stop)).Arn;
        }
        await run.StartAsync(to, parsed.GetResult(Rate) is null ? null : parsed.GetValue(Rate), stop);
        return parsed.GetValue(Detach) && !stop.IsCancellationRequested
            ? await run.LeaveAsync(stop)
            : await Bar.ShowAsync("moved", total, () => run.Moved, run.WatchAsync(stop));
    }

    private static string Text(RedriveReport report)
    {
        string to = report.To is { } arn ? $"'{arn[(arn.LastIndexOf(':') + 1)..]}'" : "where they came from";
        string moved = string.Create(CultureInfo.InvariantCulture, $"{report.Moved:N0}{(report.ToMove is { } all ? $" of {all:N0}" : "")} messages of queue '{report.Queue}' moved to {to}");
        return Printable.Line(report.Status switch
        {
            "NONE" => $"Queue '{report.Queue}' has had no move.",
            "COMPLETED" => $"The move has ended: {moved}.",
            "RUNNING" => $"The move is running at SQS: {moved} so far.",
            "CANCELLED" or "CANCELLING" => $"The move is cancelled: {moved} before that.",
            _ => $"The move has failed: {moved} before that.",
        });
    }
}
