using Amazon.SQS;
using Zanshin.Bench.Harness;
using Zanshin.Diagnosis;

namespace Zanshin.Bench.Cpu;

/// <summary>One round of one worker in this process: messages to warm up with, then those that count.</summary>
internal sealed class CpuRound(int warmUp, int messages)
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _cpu;
    private long _bytes;
    private TimeSpan _at;
    private int _seen;
    private CpuFigures? _figures;

    /// <summary>The worker with a handler that waits three times and has a time limit of its own, under a leak watch.</summary>
    public async Task<CpuFigures> RunAsync(WatchMode mode, string? endpoint, string url, int concurrency)
    {
        using AmazonSQSClient client = endpoint is null ? new StubSqs() : Clients.Create(endpoint);
        using var stop = new CancellationTokenSource();
        using LeakWatch? watch = mode == WatchMode.Off ? null : new LeakWatch(new LeakWatchOptions
        {
            ListenEvery = TimeSpan.FromHours(1),
            ListenFor = mode == WatchMode.Listening ? TimeSpan.FromHours(1) : TimeSpan.Zero,
            Linger = mode == WatchMode.Listening ? TimeSpan.FromSeconds(5) : TimeSpan.Zero,
        });
        Task watching = watch?.RunAsync(static _ => { }, stop.Token) ?? Task.CompletedTask;
        await using var zanshin = new BenchWorker(client, url, concurrency, async (_, _) =>
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System);
            for (int i = 0; i < 3; i++)
                await Task.Yield();
            Seen(1);
            return Outcome.Done;
        });
        await zanshin.StartAsync();
        await _end.Task;
        await zanshin.StopAsync();
        await stop.CancelAsync();
        await watching;
        return _figures!;
    }

    /// <param name="endpoint">Null for the stub.</param>
    public async Task<CpuFigures> RunAsync(CpuWorker worker, string? endpoint, string url, int concurrency)
    {
        using AmazonSQSClient client = endpoint is null ? new StubSqs() : Clients.Create(endpoint);
        if (worker == CpuWorker.Zanshin)
        {
            await using var zanshin = new BenchWorker(client, url, concurrency, (_, _) =>
            {
                Seen(1);
                return new(Outcome.Done);
            });
            await zanshin.StartAsync();
            await _end.Task;
            await zanshin.StopAsync();
        }
        else
        {
            int loops = worker == CpuWorker.FourLoops ? 4 : 1;
            await Task.WhenAny(Enumerable.Range(0, loops).Select(_ => HandWrittenLoop.RunAsync(client, url, worker != CpuWorker.Loop, Seen)));
            await _end.Task;
        }
        return _figures!;
    }

    private bool Seen(int count)
    {
        int seen = Interlocked.Add(ref _seen, count), before = seen - count;
        if (before < warmUp && seen >= warmUp)
        {
            GC.Collect();
            (_cpu, _bytes, _at) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), Clock.Now);
        }
        if (before >= warmUp + messages || seen < warmUp + messages)
            return true;
        _figures = new(
            (Environment.CpuUsage.TotalTime - _cpu).TotalMicroseconds / messages, (GC.GetTotalAllocatedBytes() - _bytes) / (double)messages,
            messages / (Clock.Now - _at).TotalSeconds);
        _end.TrySetResult();
        return false;
    }
}
