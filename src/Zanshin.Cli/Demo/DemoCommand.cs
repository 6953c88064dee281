using System.CommandLine;
using System.CommandLine.Parsing;

namespace Zanshin.Cli.Demo;

/// <summary><c>zanshin demo</c>: its options, and its order: run, then report.</summary>
internal static class DemoCommand
{
    private static readonly Option<int?> Count = new("--count")
    {
        Description = $"How many messages. Default: {DemoOptions.DefaultCount:N0}, or each of --messages once.",
        HelpName = "N",
        CustomParser = static given => Given.Number("--count", 1, 10_000_000)(given),
    };

    private static readonly Option<int> Concurrency = new("--concurrency")
    {
        Description = "How many are handled at once.",
        HelpName = "N",
        DefaultValueFactory = static _ => 100,
        CustomParser = Given.Number("--concurrency", 1, 10_000),
    };

    private static readonly Option<WorkTime> Work = new("--work")
    {
        Description = "How long a handler takes; one in 100 takes 5 s on purpose.",
        HelpName = "MIN..MAX",
        DefaultValueFactory = static _ => WorkTime.Default,
        CustomParser = static given => ReadWork(given),
    };

    private static readonly Option<TimeSpan> Visibility = new("--visibility")
    {
        Description = "The visibility timeout, which the worker extends while handlers run. Default: 2s.",
        HelpName = "TIME",
        CustomParser = Given.WholeSeconds("--visibility", TimeSpan.FromSeconds(1), TimeSpan.FromHours(12)),
    };

    private static readonly Option<string?> Messages = new("--messages")
    {
        Description = "Webhook deliveries to work, one {\"event\",\"payload\"} a line.",
        HelpName = "FILE.jsonl",
    };

    private static readonly Option<string?> Data = new("--data")
    {
        Description = "The embedded queue's file. Default: a temporary one.",
        HelpName = "FILE.db",
    };

    private static readonly Option<Uri?> Endpoint = new("--endpoint")
    {
        Description = "Any SQS instead of the embedded one; a queue of its own is made there and deleted at the end.",
        HelpName = "URL",
        CustomParser = Given.Endpoint("--endpoint"),
    };

    private static readonly Option<bool> Yes = new("--yes") { Description = "Do not ask before using an endpoint that is not on this machine." };

    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as one line of JSON and nothing else." };

    public static Command Create(Option<bool> verbose)
    {
        var command = new Command("demo", "Send messages to an SQS, work them, and show what is left behind: nothing.")
        {
            Count, Concurrency, Work, Visibility, Messages, Data, Endpoint, Yes, Json,
        };
        command.Validators.Add(static given =>
        {
            if (given.GetResult(Data) is not null && given.GetResult(Endpoint) is not null)
                given.AddError("--data is the file of the embedded queue, which --endpoint replaces: give one of them.");
        });
        command.SetAction((parsed, _) => RunAsync(new DemoOptions
        {
            Count = parsed.GetValue(Count),
            Concurrency = parsed.GetValue(Concurrency),
            Work = parsed.GetValue(Work),
            Visibility = parsed.GetResult(Visibility) is null ? TimeSpan.FromSeconds(2) : parsed.GetValue(Visibility),
            Messages = parsed.GetValue(Messages),
            Data = parsed.GetValue(Data),
            Endpoint = parsed.GetValue(Endpoint),
            Yes = parsed.GetValue(Yes),
            Json = parsed.GetValue(Json),
            Verbose = parsed.GetValue(verbose),
        }));
        return command;
    }

    private static async Task<int> RunAsync(DemoOptions options)
    {
        Load load = Load.From(options);
        if (!RemoteConsent.Given(options, load.Count))
            return ExitCode.Bad;
        using var log = new WorkerLog(options.Verbose);
        using var interrupts = new Interrupts();
        DemoResult result = await new DemoRun(options, load, log, interrupts.Token).RunAsync();
        if (options.Json)
            Console.WriteLine(result.ToJson());
        else
            DemoSummary.Print(result);
        foreach (string problem in result.Problems)
            Console.Error.WriteLine(Printable.Line($"zanshin: {problem}"));
        return result.Interrupted ? ExitCode.Interrupted : result.Problems.Count == 0 ? ExitCode.Good : ExitCode.Bad;
    }

    private static WorkTime ReadWork(ArgumentResult given)
    {
        string text = given.Tokens[0].Value;
        if (!WorkTime.TryRead(text, out WorkTime work))
            given.AddError($"--work is '{text}': give two times, the shorter first and at most {Durations.Text(WorkTime.Limit)}, like 1ms..40ms.");
        return work;
    }
}
