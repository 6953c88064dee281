using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Zanshin.Cli.Sqs;

/// <summary><c>zanshin sqs mv</c>: messages from one queue to another, any two.</summary>
internal static class MoveCommand
{
    private static readonly Argument<string> From = SqsOptions.Queue("FROM", "The queue to empty: its name, URL or ARN.");
    private static readonly Argument<string> To = SqsOptions.Queue("TO", "The queue to send to: its name, URL or ARN.");
    private static readonly Option<int> Number = SqsOptions.Number("At most so many. Default: all.");
    private static readonly Option<bool> Yes = SqsOptions.Yes();
    private static readonly Option<bool> Json = SqsOptions.Json();

    public static Command Create() =>
        SqsAction.Set(new Command("mv", "Move messages from one queue to another; deletes only what was sent. Asks first.") { From, To, Number, Yes, Json }, RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, SqsPlace place)
    {
        using OpenQueue from = await OpenQueue.FindAsync(place, parsed.GetValue(From)!, CancellationToken.None);
        using OpenQueue to = await OpenQueue.FindAsync(place, parsed.GetValue(To)!, CancellationToken.None);
        QueueFacts facts = await from.FactsAsync();
        // By ARN: one queue has several URLs, and a server several names. Two local servers may have queues of one ARN.
        if (from.Url == to.Url || (facts.Arn is { } arn && IsSameServer(from.Calls.Where, to.Calls.Where) && arn == (await to.FactsAsync()).Arn))
            throw new Refusal($"'{from.Name}' cannot be moved to itself: give two queues.");
        long limit = SqsOptions.Limit(parsed.GetValue(Number)), total = Math.Min(limit, facts.Visible);
        if (!Consent.Given(parsed.GetValue(Yes), $"about {Counted.Messages(total)} would be moved from queue '{from.Name}' to '{to.Name}' at {to.Calls.Where}"))
            return ExitCode.Bad;
        using var interrupts = new Interrupts(secondEnds: true);
        var run = new MoveRun(from, to, limit, interrupts.Token);
        MoveReport report = await Bar.ShowAsync("moved", total, () => run.Moved, run.RunAsync());
        Console.WriteLine(parsed.GetValue(Json)
            ? JsonSerializer.Serialize(report, SqsJson.Default.MoveReport)
            : string.Create(CultureInfo.InvariantCulture, $"{Counted.Were(report.Moved)} moved from '{report.From}' to '{report.To}'{(report.Failed > 0 ? $", {report.Failed:N0} were not" : "")}."));
        return SqsAction.End(report.Problems, report.Interrupted);
    }

    private static bool IsSameServer(string one, string other) =>
        one == other || (IsAws(one) && IsAws(other)) || (LoopbackPort(one) is { } port && port == LoopbackPort(other));

    // A region stands for its endpoint.
    private static bool IsAws(string where) => !Uri.TryCreate(where, UriKind.Absolute, out Uri? server) || server.IdnHost.Contains(".amazonaws.", StringComparison.Ordinal);

    private static int? LoopbackPort(string where) => Uri.TryCreate(where, UriKind.Absolute, out Uri? server) && Hosting.Loopback.Is(server) ? server.Port : null;
}
