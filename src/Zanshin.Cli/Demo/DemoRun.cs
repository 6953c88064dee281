using System.Globalization;

namespace Zanshin.Cli.Demo;

/// <summary>
/// One demonstration: 1. open the SQS and make a queue, 2. warm up with a worker of its own, and take the baseline when it has
/// stopped, 3. send, work and stop, 4. see what is left, 5. delete the queue. When interrupted it goes on at 4.
/// </summary>
internal sealed class DemoRun(DemoOptions options, Load load, WorkerLog log, CancellationToken interrupted)
{
    private const int WarmUps = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ProgressView _progress = new(!options.Json);

    public async Task<DemoResult> RunAsync()
    {
        await using DemoPlace place = await DemoPlace.OpenAsync(options);
        await using DemoQueue queue = await DemoQueue.CreateAsync(place.Endpoint, options.Visibility);
        if (!options.Json)
            Introduce(place);

        var warmUp = new Tally(WarmUps);
        WorkerStatus warm = await WorkAsync(place, queue, warmUp, slowOnes: false, "warm-up: ");
        if (!warmUp.All.IsCompleted && !interrupted.IsCancellationRequested)
            throw new Refusal($"only {warmUp.Distinct} of {WarmUps} warm-up messages were worked before the demo gave up; {Trouble(warm)}");
        Leftovers baseline = await Leftovers.AtRestAsync();

        var tally = new Tally(load.Count);
        WorkerStatus end = await WorkAsync(place, queue, tally, slowOnes: true, "");
        (int onQueue, int inFlight) = place.Embedded ? await queue.DepthAsync() : default;
        return new DemoResult
        {
            Seen = tally.Result(),
            Worker = end.Queues.Count > 0 ? end.Queues[0] : null,
            Left = await baseline.SinceAsync(end, inFlight),
            OnQueue = onQueue,
            ShowExamples = load.HasExamples,
            Interrupted = interrupted.IsCancellationRequested,
            GaveUp = !tally.All.IsCompleted && !interrupted.IsCancellationRequested ? Trouble(end) : null,
            Warnings = log.Warnings,
        };
    }

    /// <summary>Sends what the tally expects, works it all, and stops.</summary>
    private async Task<WorkerStatus> WorkAsync(DemoPlace place, DemoQueue queue, Tally tally, bool slowOnes, string phase)
    {
        await using var worker = new DemoWorker(place.Endpoint, queue.Name, options, load, new Work(tally, options.Work, slowOnes), log);
        try
        {
            int sent = 0;
            Task sending = worker.SendAsync(load.Letters(tally.Expected).Select(letter => (sent++, letter).letter), interrupted);
            await _progress.ShowAsync($"{phase}sent", tally.Expected, () => sent, sending);
            tally.Start();
            await worker.StartAsync(interrupted);
            await _progress.ShowAsync($"{phase}worked", tally.Expected, () => tally.Distinct, AllOrStuckAsync(tally));
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            // Ctrl+C: what follows reports as far as it came.
        }
        await worker.StopAsync();
        return worker.Status;
    }

    private async Task AllOrStuckAsync(Tally tally)
    {
        TimeSpan patience = Patience + options.Work.Longest + options.Visibility;
        while (!tally.All.IsCompleted && tally.Quiet < patience)
            await Task.WhenAny(tally.All, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, interrupted)).Unwrap();
    }

    private void Introduce(DemoPlace place)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{load.Count:N0} messages, {options.Concurrency:N0} at once, on {(place.Embedded ? "an embedded durable queue at " : "")}{place.Endpoint}"));
        Console.WriteLine($"each takes {options.Work}, one in {DemoOptions.SlowEvery} takes {Durations.Text(DemoOptions.SlowTime)}; visibility timeout {Durations.Text(options.Visibility)}");
        Console.WriteLine();
    }

    private static string Trouble(WorkerStatus worker) => worker.Queues is [{ Trouble: { } trouble }]
        ? $"receiving fails with: {trouble}"
        : "the SQS gave no more messages";
}
