using System.CommandLine;
using Zanshin.Bench.Cpu;
using Zanshin.Bench.Flat;

namespace Zanshin.Bench.Commands;

/// <summary>What benchmarks start as processes of their own; not listed.</summary>
internal static class Children
{
    private static readonly Argument<string> Url = new("url");
    private static readonly Option<string?> Endpoint = new("--endpoint");
    private static readonly Option<int> Least = new("--least");
    private static readonly Option<int> Most = new("--most");
    private static readonly Option<int> Messages = new("--messages");
    private static readonly Option<int> Queues = new("--queues");

    public static IEnumerable<Command> All()
    {
        yield return CpuRound();
        yield return WatchRound();
        yield return Feed();
    }

    private static Command CpuRound()
    {
        var worker = new Argument<CpuWorker>("worker");
        var concurrency = new Option<int>("--concurrency");
        var command = new Command("cpu-round") { worker, Url, Endpoint, Least, Most, Messages, Queues, concurrency };
        command.Hidden = true;
        command.SetAction(async (parsed, _) =>
        {
            var round = new CpuRound(parsed.GetValue(Least), parsed.GetValue(Most), parsed.GetValue(Messages));
            CpuFigures figures = await round.RunAsync(parsed.GetValue(worker), parsed.GetValue(Endpoint), Urls(parsed), parsed.GetValue(concurrency));
            Console.WriteLine(figures.ToJson());
            return 0;
        });
        return command;
    }

    private static Command WatchRound()
    {
        var watch = new Argument<WatchMode>("watch");
        var concurrency = new Option<int>("--concurrency");
        var command = new Command("watch-round") { watch, Url, Endpoint, Least, Most, Messages, Queues, concurrency };
        command.Hidden = true;
        command.SetAction(async (parsed, _) =>
        {
            var round = new CpuRound(parsed.GetValue(Least), parsed.GetValue(Most), parsed.GetValue(Messages));
            CpuFigures figures = await round.RunAsync(parsed.GetValue(watch), parsed.GetValue(Endpoint), Urls(parsed), parsed.GetValue(concurrency));
            Console.WriteLine(figures.ToJson());
            return 0;
        });
        return command;
    }

    // The queues of a round are numbered; the stub has one, without a number.
    private static string[] Urls(ParseResult parsed) => parsed.GetValue(Endpoint) is null
        ? [parsed.GetValue(Url)!]
        : [.. Enumerable.Range(0, parsed.GetValue(Queues)).Select(i => $"{parsed.GetValue(Url)}-{i}")];

    private static Command Feed()
    {
        var command = new Command("feed") { Url, Endpoint, Messages };
        command.Hidden = true;
        command.SetAction(async (parsed, _) =>
        {
            await FlatBench.FeedAsync(parsed.GetValue(Endpoint)!, parsed.GetValue(Url)!, parsed.GetValue(Messages));
            return 0;
        });
        return command;
    }
}
