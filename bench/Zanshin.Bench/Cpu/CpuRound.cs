using Amazon.SQS;
using Zanshin.Bench.Harness;
using Zanshin.Diagnosis;

namespace Zanshin.Bench.Cpu;

/// <summary>One round of one worker in this process: messages until its code is compiled, then those that count.</summary>
internal sealed class CpuRound(int least, int most, int messages)
{
    private readonly Standstill _warmUp = new(least, most);
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _cpu;
    private long _bytes;
    private TimeSpan _at;
    private int _seen;
    private int _from; // messages seen when those that count began; 0 while it warms up
    private int _begun;
    private int _ended;
    private CpuFigures? _figures;

    /// <summary>The worker with a handler that waits three times and has a time limit of its own, under a leak watch.</summary>
    public async Task<CpuFigures> RunAsync(WatchMode mode, string? endpoint, string[] urls, int concurrency)
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
        await using var zanshin = new BenchWorker(client, urls, concurrency, async (_, _, _) =>
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
    public async Task<CpuFigures> RunAsync(CpuWorker worker, string? endpoint, string[] urls, int concurrency)
    {
        using AmazonSQSClient client = endpoint is null ? new StubSqs() : Clients.Create(endpoint);
        if (worker == CpuWorker.Zanshin)
        {
            await using var zanshin = new BenchWorker(client, urls, concurrency, (_, _, _) =>
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
            await Task.WhenAny(Enumerable.Range(0, loops).Select(_ => HandWrittenLoop.RunAsync(client, urls[0], worker != CpuWorker.Loop, Seen)));
            await _end.Task;
        }
        return _figures!;
    }

    // False ends a loop.
    private bool Seen(int count)
    {
        int seen = Interlocked.Add(ref _seen, count), from = Volatile.Read(ref _from);
        if (from == 0)
        {
            if (_warmUp.IsOver(seen) && Interlocked.Exchange(ref _begun, 1) == 0)
            {
                GC.Collect();
                (_cpu, _bytes, _at) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), Clock.Now);
                Volatile.Write(ref _from, Volatile.Read(ref _seen));
            }
            return true;
        }
        int counted = seen - from;
        if (counted < messages)
            return true;
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            _figures = new(
                (Environment.CpuUsage.TotalTime - _cpu).TotalMicroseconds / counted, (GC.GetTotalAllocatedBytes() - _bytes) / (double)counted,
                counted / (Clock.Now - _at).TotalSeconds, _warmUp.Messages, _warmUp.IsStill);
            _end.TrySetResult();
        }
        return false;
    }
}
