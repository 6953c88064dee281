using System.CommandLine;
using Zanshin.Bench.Cpu;
using Zanshin.Bench.Flat;
using Zanshin.Bench.Harness;
using Zanshin.Bench.Idle;
using Zanshin.Bench.Leases;
using Zanshin.Bench.LocalQueue;
using Zanshin.Bench.Requests;
using Zanshin.Bench.Waiting;

namespace Zanshin.Bench.Commands;

/// <summary>One command for each benchmark. Each prints its result, and keeps it unless it was quick; the exit code is 0 if every goal was met.</summary>
internal static class Benchmarks
{
    private static readonly Option<bool> Quick = new("--quick") { Description = "A short run, to see that it works: its figures are not kept." };

    private static readonly Option<int> Rounds = new("--rounds") { Description = "Rounds of each worker, of which the median counts.", DefaultValueFactory = static _ => 5 };

    public static IEnumerable<Command> All()
    {
        yield return Requests();
        yield return Idle();
        yield return Create("cpu", "Worker CPU and allocations per message, against a hand-written loop.", [Rounds], static async (parsed, quick) => new(await new CpuBench(parsed.GetValue(Rounds), quick).RunAsync()));
        yield return Create("watch", "What the leak watch in the process costs a message.", [Rounds], static async (parsed, quick) => new(await new WatchBench(parsed.GetValue(Rounds), quick).RunAsync()));
        yield return Create("waiting", "Threads while 1,000 handlers await.", [], static async (_, _) => new(await WaitingBench.RunAsync()));
        yield return Create("leases", "What a renewal costs among 120,000 leases.", [], static async (_, quick) => new(await new LeasesBench(quick).RunAsync()));
        yield return Create("queue", "The embedded queue as a server: rate, CPU, latency and memory, against fauxqs.", [], static async (_, quick) => new(await new LocalQueueBench(quick).RunAsync()));
        yield return Flat();
    }

    private static Command Requests()
    {
        Option<int> latency = Latency();
        var only = new Option<string?>("--only") { Description = "One case, as MILLISECONDSxSLOTS (20x100, 50x100-sampled): its figures are not kept." };
        return Create("requests", "Requests per 1,000 messages under a backlog.", [latency, only], async (parsed, quick) =>
        {
            string? one = parsed.GetValue(only);
            RequestsCase[] cases = [.. RequestsCase.All.Where(c => one is null || one == c.Name)];
            var bench = new RequestsBench(TimeSpan.FromMilliseconds(parsed.GetValue(latency)), quick);
            return new(await bench.RunAsync(cases), Keep: one is null);
        });
    }

    private static Command Idle()
    {
        Option<int> latency = Latency();
        return Create("idle", "Requests of an idle queue; how soon a lone message is deleted.", [latency], async (parsed, quick) =>
            new(await new IdleBench(TimeSpan.FromMilliseconds(parsed.GetValue(latency)), quick).RunAsync()));
    }

    private static Command Flat()
    {
        var messages = new Option<int?>("--messages") { Description = "Default 500,000; another number is not kept." };
        return Create("flat", "Threads, timers and heap over 500,000 messages.", [messages], async (parsed, quick) =>
        {
            int count = parsed.GetValue(messages) ?? (quick ? 50_000 : 500_000);
            (Report report, Func<Task> keep) = await new FlatBench(count).RunAsync();
            return new(report, Keep: count == 500_000, keep);
        });
    }

    private static Option<int> Latency() =>
        new("--latency") { Description = "Milliseconds that are added to each call.", DefaultValueFactory = static _ => 10 };

    private static Command Create(string name, string description, Option[] options, Func<ParseResult, bool, Task<Run>> run)
    {
        var command = new Command(name, description) { Quick };
        foreach (Option option in options)
            command.Add(option);
        command.SetAction(async (parsed, _) =>
        {
            bool quick = parsed.GetValue(Quick);
            Run done = await run(parsed, quick);
            if (done.Keep && !quick)
            {
                await done.Report.SaveAsync();
                await (done.More?.Invoke() ?? Task.CompletedTask);
            }
            return done.Report.AllMet ? 0 : 1;
        });
        return command;
    }

    /// <param name="More">Keeps what there is beside the report.</param>
    private sealed record Run(Report Report, bool Keep = true, Func<Task>? More = null);
}
