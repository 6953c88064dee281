using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Cpu;

/// <summary>
/// Worker CPU and allocations per message, against a hand-written loop of the same SDK: each round in a process of its own, the
/// workers in turn, the ratios taken round by round so that a machine whose speed drifts does not tell.
/// </summary>
/// <param name="rounds">Of each worker; two where it is quick.</param>
internal sealed class CpuBench(int rounds, bool quick)
{
    private const double Goal = 1.15;
    private const int Concurrency = 10;

    /// <summary>Loaded queues, and how much more a message may cost than with one.</summary>
    private static readonly (int Queues, double Goal)[] ManyQueues = [(10, 1.3), (100, 1.3), (1_000, 2)];

    private readonly int _rounds = quick ? 2 : rounds;
    private readonly int _least = quick ? 3_000 : 60_000;
    private readonly int _most = quick ? 3_000 : 220_000;
    private readonly int _messages = quick ? 6_000 : 50_000;

    public async Task<Report> RunAsync()
    {
        var report = new Report("cpu", "Worker CPU per message, against a hand-written loop", "cpu");
        await using QueueProcess queue = await QueueProcess.StartAsync();
        var child = new CpuChild("cpu-round", Concurrency);
        Dictionary<CpuWorker, List<CpuFigures>> real = new(), stub = new();
        Dictionary<int, List<CpuFigures>> many = new() { [1] = [] };
        for (int round = 0; round < _rounds; round++)
        {
            foreach (CpuWorker worker in Enum.GetValues<CpuWorker>())
            {
                Add(real, worker, await child.OverLoopbackAsync($"{worker}", queue, $"cpu-{worker}-{round}", _least, _most, _messages));
                if (worker is CpuWorker.Zanshin or CpuWorker.Loop)
                    Add(stub, worker, await child.OverStubAsync($"{worker}", 200_000, quick ? 200_000 : 30_000_000, quick ? 300_000 : 1_000_000));
            }
            many[1].Add(real[CpuWorker.Zanshin][^1]);
            foreach ((int queues, _) in ManyQueues)
                Add(many, queues, await child.OverLoopbackAsync($"{CpuWorker.Zanshin}", queue, $"cpu-many-{queues}-{round}", _least, _most, _messages, queues));
        }
        Write(report, real, stub);
        Write(report, many);
        return report;
    }

    private static void Add<T>(Dictionary<T, List<CpuFigures>> all, T which, CpuFigures figures)
        where T : notnull
    {
        if (!all.TryGetValue(which, out List<CpuFigures>? list))
            all[which] = list = [];
        list.Add(figures);
        Console.Error.WriteLine($"{which}: {figures.Microseconds:0.0} us, {figures.Bytes:0} bytes, {figures.PerSecond:0}/s");
    }

    private void Write(Report report, Dictionary<CpuWorker, List<CpuFigures>> real, Dictionary<CpuWorker, List<CpuFigures>> stub)
    {
        report.Line($"{_rounds} rounds of {Report.Number(_messages)} messages, each in a process of its own, in turn, once its code stands still ({CpuFigures.WarmUps([.. real.Values.SelectMany(static f => f)])}); the worker has");
        report.Line($"{Concurrency} slots, and a handler that returns at once. CPU is that of the worker's process, user and kernel, SDK included. Medians; in brackets the lowest and the highest.");
        report.Line();
        report.Table(
            ["over the SDK and loopback", "CPU per message", "ratio", "goal", "", "allocated per message", "messages/s"],
            [
                Row("hand-written loop", real[CpuWorker.Loop], null, report, false),
                Row("the same, asking for all attributes", real[CpuWorker.LoopWithAttributes], real[CpuWorker.Loop], report, false),
                Row("four loops at once, all attributes", real[CpuWorker.FourLoops], real[CpuWorker.Loop], report, false),
                Row("Zanshin", real[CpuWorker.Zanshin], real[CpuWorker.Loop], report, true),
            ]);
        report.Line($"Zanshin against the loop that asks for all attributes: {Ratio(real, CpuWorker.LoopWithAttributes)}; against four of them at once: {Ratio(real, CpuWorker.FourLoops)}. A loop alone waits");
        report.Line("for each answer, and pays for going to sleep and waking up; the worker has several calls under way, as the four loops have.");
        report.Line();
        List<CpuFigures> ours = stub[CpuWorker.Zanshin], loops = stub[CpuWorker.Loop];
        report.Line("The same over a stub in place of the SDK's client, with answers made beforehand: what is left is the code of the worker, and of the loop.");
        report.Line();
        report.Table(
            ["over a stub", "CPU per message", "allocated per message", "messages/s"],
            [StubRow("hand-written loop", loops), StubRow("Zanshin", ours)]);
        report.Line($"Allocations of the worker's own code: **{Report.Number(Median(ours, static f => f.Bytes) - Median(loops, static f => f.Bytes))} bytes per message**, its share of request objects included.");
    }

    private static void Write(Report report, Dictionary<int, List<CpuFigures>> many)
    {
        report.Line();
        report.Line("One group with many queues, all of them with a backlog; over the SDK and loopback.");
        report.Line();
        report.Table(
            ["loaded queues", "CPU per message", "ratio to one", "goal", "", "messages/s"],
            [
                ["1", Spread([.. many[1].Select(static f => f.Microseconds)], "0.0", " us"), "1", "", "", Report.Number(Median(many[1], static f => f.PerSecond))],
                .. ManyQueues.Select(row =>
                {
                    List<double> ratios = [.. many[row.Queues].Zip(many[1], static (a, b) => a.Microseconds / b.Microseconds)];
                    return (string[])
                    [
                        Report.Number(row.Queues), Spread([.. many[row.Queues].Select(static f => f.Microseconds)], "0.0", " us"), Spread(ratios, "0.00", ""),
                        Report.Number(row.Goal, "0.0"), report.Goal(Percentile.Median(ratios) <= row.Goal), Report.Number(Median(many[row.Queues], static f => f.PerSecond)),
                    ];
                }),
            ]);
    }

    private static string[] Row(string name, List<CpuFigures> figures, List<CpuFigures>? baseline, Report report, bool judged)
    {
        List<double> ratios = baseline is null ? [] : [.. figures.Zip(baseline, static (a, b) => a.Microseconds / b.Microseconds)];
        return
        [
            name, Spread([.. figures.Select(static f => f.Microseconds)], "0.0", " us"), ratios.Count == 0 ? "1" : Spread(ratios, "0.00", ""),
            judged ? Report.Number(Goal, "0.00") : "", judged ? report.Goal(Percentile.Median(ratios) <= Goal) : "",
            Report.Number(Median(figures, static f => f.Bytes)) + " bytes", Report.Number(Median(figures, static f => f.PerSecond)),
        ];
    }

    private static string Ratio(Dictionary<CpuWorker, List<CpuFigures>> real, CpuWorker baseline) =>
        Spread([.. real[CpuWorker.Zanshin].Zip(real[baseline], static (a, b) => a.Microseconds / b.Microseconds)], "0.00", "");

    private static string[] StubRow(string name, List<CpuFigures> figures) =>
    [
        name, Spread([.. figures.Select(static f => f.Microseconds)], "0.00", " us"),
        Report.Number(Median(figures, static f => f.Bytes)) + " bytes", Report.Number(Median(figures, static f => f.PerSecond)),
    ];

    private static double Median(List<CpuFigures> figures, Func<CpuFigures, double> of) => Percentile.Median([.. figures.Select(of)]);

    private static string Spread(List<double> values, string format, string unit) =>
        $"{Report.Number(Percentile.Median(values), format)}{unit} ({Report.Number(values.Min(), format)}..{Report.Number(values.Max(), format)})";
}
