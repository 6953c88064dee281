using System.Diagnostics;
using System.Globalization;
using Zanshin.Bench.Harness;

namespace Zanshin.Bench.Cpu;

/// <summary>What the leak watch in the process costs a message: each round in a process of its own, in turn, ratios round by round.</summary>
internal sealed class WatchBench(bool quick)
{
    private const double CountingGoal = 1.03;
    private const double ListeningGoal = 1.12;
    private const int Concurrency = 10;

    private readonly int _rounds = quick ? 2 : 7;
    private readonly int _warmUp = quick ? 3_000 : 30_000;
    private readonly int _messages = quick ? 6_000 : 50_000;

    public async Task<Report> RunAsync()
    {
        var report = new Report("watch", "What the leak watch in the process costs", "watch");
        await using QueueProcess queue = await QueueProcess.StartAsync();
        Dictionary<WatchMode, List<CpuFigures>> all = Enum.GetValues<WatchMode>().ToDictionary(static m => m, static _ => new List<CpuFigures>());
        for (int round = 0; round < _rounds; round++)
        {
            // Each begins in turn, so that a machine whose speed drifts within a round does not tell.
            foreach (WatchMode mode in Enum.GetValues<WatchMode>().Select((_, i) => (WatchMode)((i + round) % all.Count)))
            {
                CpuFigures figures = await RoundAsync(mode, queue, round);
                all[mode].Add(figures);
                Console.Error.WriteLine($"{mode}: {figures.Microseconds:0.0} us, {figures.Bytes:0} bytes, {figures.PerSecond:0}/s");
            }
        }
        report.Line($"{_rounds} rounds of {Report.Number(_messages)} messages after {Report.Number(_warmUp)} to warm up, each in a process of its own, in turn; the worker has {Concurrency} slots, and a handler that");
        report.Line("waits three times and has a token source with a time-out. CPU is that of the worker's process, user and kernel, SDK included. Medians; in brackets the lowest and the highest.");
        report.Line();
        report.Table(
            ["leak watch", "CPU per message", "ratio", "goal", "", "allocated per message"],
            [
                Row("none", all[WatchMode.Off], all[WatchMode.Off], null, report),
                Row("scopes and counts (most of the time)", all[WatchMode.Counting], all[WatchMode.Off], CountingGoal, report),
                Row("listening (some 10 s a minute)", all[WatchMode.Listening], all[WatchMode.Off], ListeningGoal, report),
            ]);
        return report;
    }

    private async Task<CpuFigures> RoundAsync(WatchMode mode, QueueProcess queue, int round)
    {
        using var backlog = new Backlog(queue.Endpoint);
        string url = await backlog.CreateAsync($"watch-{mode}-{round}", TimeSpan.FromSeconds(30));
        await backlog.FillAsync(url, _warmUp + _messages + 2_000);
        string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!,
            ["watch-round", $"{mode}", url, "--endpoint", queue.Endpoint, "--warm-up", Text(_warmUp), "--messages", Text(_messages), "--concurrency", Text(Concurrency)])
        {
            RedirectStandardOutput = true,
        })!;
        string figures = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"A round with the watch {mode} ended with exit code {child.ExitCode}.");
        await backlog.DeleteAsync(url);
        return CpuFigures.FromJson(figures);
    }

    private static string[] Row(string name, List<CpuFigures> figures, List<CpuFigures> without, double? goal, Report report)
    {
        List<double> ratios = [.. figures.Zip(without, static (a, b) => a.Microseconds / b.Microseconds)];
        return
        [
            name, Spread([.. figures.Select(static f => f.Microseconds)], "0.0", " us"), goal is null ? "1" : Spread(ratios, "0.000", ""),
            goal is { } most ? Report.Number(most, "0.00") : "", goal is { } limit ? report.Goal(Percentile.Median(ratios) <= limit) : "",
            Report.Number(Percentile.Median([.. figures.Select(static f => f.Bytes)])) + " bytes",
        ];
    }

    private static string Spread(List<double> values, string format, string unit) =>
        $"{Report.Number(Percentile.Median(values), format)}{unit} ({Report.Number(values.Min(), format)}..{Report.Number(values.Max(), format)})";
}
