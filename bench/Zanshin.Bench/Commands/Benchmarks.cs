using System.CommandLine;
using Zanshin.Bench.Harness;
using Zanshin.Bench.Requests;

namespace Zanshin.Bench.Commands;

/// <summary>One command for each benchmark. Each prints its result, and keeps it unless it was quick; the exit code is 0 if every goal was met.</summary>
internal static class Benchmarks
{
    private static readonly Option<bool> Quick = new("--quick") { Description = "A short run, to see that it works: its figures are not kept." };

    public static IEnumerable<Command> All()
    {
        yield return Requests();
    }

    private static Command Requests()
    {
        var latency = new Option<int>("--latency") { Description = "Milliseconds that are added to each call.", DefaultValueFactory = static _ => 10 };
        var only = new Option<string?>("--only") { Description = "One case, as MILLISECONDSxSLOTS (20x100): its figures are not kept." };
        return Create("requests", "Requests per 1,000 messages under a backlog.", [latency, only], async (parsed, quick) =>
        {
            string? one = parsed.GetValue(only);
            RequestsCase[] cases = [.. RequestsCase.All.Where(c => one is null || one == $"{c.Milliseconds}x{c.Concurrency}")];
            Report report = await new RequestsBench(TimeSpan.FromMilliseconds(parsed.GetValue(latency)), quick).RunAsync(cases);
            return (report, Keep: one is null);
        });
    }

    private static Command Create(string name, string description, Option[] options, Func<ParseResult, bool, Task<(Report Report, bool Keep)>> run)
    {
        var command = new Command(name, description) { Quick };
        foreach (Option option in options)
            command.Add(option);
        command.SetAction(async (parsed, _) =>
        {
            bool quick = parsed.GetValue(Quick);
            (Report report, bool keep) = await run(parsed, quick);
            if (keep && !quick)
                await report.SaveAsync();
            return report.AllMet ? 0 : 1;
        });
        return command;
    }
}
