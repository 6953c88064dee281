using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Cpu;

/// <summary>What the leak watch in the process costs a message: each round in a process of its own, in turn, ratios round by round.</summary>
internal sealed class WatchBench(int rounds, bool quick)
{
    private const double CountingGoal = 1.03;
    private const double ListeningGoal = 1.12;
    private const int Concurrency = 10;

    private readonly int _rounds = quick ? 2 : rounds;
    private readonly int _least = quick ? 3_000 : 60_000;
    private readonly int _most = quick ? 3_000 : 220_000;
    private readonly int _messages = quick ? 6_000 : 50_000;

    public async Task<Report> RunAsync()
    {
        var report = new Report("watch", "What the leak watch in the process costs", "watch");
        await using QueueProcess queue = await QueueProcess.StartAsync();
        var child = new CpuChild("watch-round", Concurrency);
        WatchMode[] modes = Enum.GetValues<WatchMode>();
        Dictionary<WatchMode, List<CpuFigures>> real = modes.ToDictionary(static m => m, static _ => new List<CpuFigures>());
        Dictionary<WatchMode, List<CpuFigures>> stub = modes.ToDictionary(static m => m, static _ => new List<CpuFigures>());
        for (int round = 0; round < _rounds; round++)
        {
            // Each begins in turn, so that a machine whose speed drifts within a round does not tell.
            foreach (WatchMode mode in modes.Select((_, i) => modes[(i + round) % modes.Length]))
            {
                real[mode].Add(await child.OverLoopbackAsync($"{mode}", queue, $"watch-{mode}-{round}", _least, _most, _messages));
                stub[mode].Add(await child.OverStubAsync($"{mode}", quick ? 50_000 : 200_000, quick ? 50_000 : 2_000_000, quick ? 100_000 : 500_000));
                Console.Error.WriteLine($"{mode}: {real[mode][^1].Microseconds:0.0} us over loopback, {stub[mode][^1].Microseconds:0.00} us over the stub");
            }
        }
        double whole = Percentile.Median([.. real[WatchMode.Off].Select(static f => f.Microseconds)]);
        report.Line($"{_rounds} rounds, each in a process of its own, in turn, once its code stands still ({CpuFigures.WarmUps([.. real.Values.SelectMany(static f => f)])}); the worker has {Concurrency} slots, and a handler that waits three times and has a token source with a");
        report.Line($"time-out. Without a watch the worker's process uses {Report.Number(whole, "0.0")} us of CPU for each message, SDK included. What a watch adds is less than such figures vary by from");
        report.Line("process to process over loopback, so it is measured over a stub in place of the SDK's client, and taken as a part of that. Medians; in brackets the lowest and the highest.");
        report.Line();
        report.Table(
            ["leak watch", "adds to a message", "of its CPU", "goal", "", "allocates more", "ratio as measured over loopback"],
            [
                Row("scopes and counts (most of the time)", WatchMode.Counting, CountingGoal, whole, real, stub, report),
                Row("listening (some 10 s a minute)", WatchMode.Listening, ListeningGoal, whole, real, stub, report),
            ]);
        return report;
    }

    private static string[] Row(
        string name, WatchMode mode, double goal, double whole, Dictionary<WatchMode, List<CpuFigures>> real, Dictionary<WatchMode, List<CpuFigures>> stub, Report report)
    {
        List<double> added = [.. stub[mode].Zip(stub[WatchMode.Off], static (a, b) => a.Microseconds - b.Microseconds)];
        List<double> bytes = [.. stub[mode].Zip(stub[WatchMode.Off], static (a, b) => a.Bytes - b.Bytes)];
        double part = Percentile.Median(added) / whole;
        return
        [
            name, Spread(added, "0.0", " us"), Report.Number(100 * part, "0.0") + " %", Report.Number(100 * (goal - 1), "0") + " %", report.Goal(1 + part <= goal),
            Report.Number(Percentile.Median(bytes)) + " bytes", Spread([.. real[mode].Zip(real[WatchMode.Off], static (a, b) => a.Microseconds / b.Microseconds)], "0.00", ""),
        ];
    }

    private static string Spread(List<double> values, string format, string unit) =>
        $"{Report.Number(Percentile.Median(values), format)}{unit} ({Report.Number(values.Min(), format)}..{Report.Number(values.Max(), format)})";
}
