using Amazon.SQS.Model;

namespace Zanshin.Tests.Rig;

/// <summary>A queue with a backlog that never ends, beside others of its group: what the busy one and the group's slots come to, on virtual time.</summary>
internal sealed record Neighbours
{
    /// <summary>What the other queues are like.</summary>
    public enum Kind { Empty, Bursts, Hanging, Failing, Slow, Poison, Loaded }

    public int Slots { get; init; } = 10;

    public double HandlerMs { get; init; } = 50;

    public int Others { get; init; }

    public Kind Are { get; init; }

    public int Burst { get; init; } = 20;

    public double BurstEvery { get; init; } = 2;

    public double RoundTripMs { get; init; } = 10;

    public double RampUp { get; init; } = 3;

    public double Window { get; init; } = 10;

    public bool Fifo { get; init; }

    public int Batch { get; init; } = 1;

    /// <summary>Receives bring 1 to 10 of what there is, now and then nothing, as at SQS.</summary>
    public bool Sampled { get; init; }

    public Polling? Polling { get; init; }

    public int BusyWeight { get; init; } = 1;

    public int? Ceiling { get; init; }

    public Action<Bench>? Trace { get; init; }

    /// <summary>Backlog beyond what the busy queue alone could do.</summary>
    public int Backlog => (int)(Slots * Batch * 1000 / Math.Max(HandlerMs, 0.5) * (RampUp + Window) * 1.3) + 1000;

    public sealed record Result(double BusyPerSecond, double AllPerSecond, double SlotsUsed, double RequestsPerMessage, double LongestWait, long OtherEmptyReceives, double OthersPerSecond)
    {
        public override string ToString() =>
            $"busy {BusyPerSecond:0.0}/s, all {AllPerSecond:0.0}/s, slots {SlotsUsed:P1}, {RequestsPerMessage:0.000} requests a message, waits {LongestWait:0.00} s, others {OthersPerSecond:0.0}/s";
    }

    public Result Run()
    {
        Result? result = null;
        Bench.Run(async bench => result = await RunAsync(bench), sampleServers: Sampled);
        return result!;
    }

    private async Task<Result> RunAsync(Bench bench)
    {
        string suffix = Fifo ? ".fifo" : "";
        string busy = await bench.QueueAsync("busy" + suffix, ("VisibilityTimeout", "600"));
        string[] others = [.. Enumerable.Range(0, Others).Select(i => $"o{i}{suffix}")];
        List<string> urls = [];
        foreach (string other in others)
            urls.Add(await bench.QueueAsync(other, ("VisibilityTimeout", "600")));
        await Fill(bench, busy, Backlog);
        if (Are is Kind.Hanging or Kind.Loaded or Kind.Slow or Kind.Poison)
        {
            foreach (string url in urls)
                await Fill(bench, url, Are == Kind.Loaded ? Backlog / Math.Max(1, Others) : 200);
        }
        bench.Faults.RoundTrip = TimeSpan.FromMilliseconds(RoundTripMs);
        int receives = 0, deletes = 0;
        bool strikes = false;
        bench.Faults.RuleOf = (action, queue, _) =>
        {
            if (queue == "busy" + suffix)
            {
                receives += action == "ReceiveMessage" ? 1 : 0;
                deletes += action == "DeleteMessageBatch" ? 1 : 0;
                return Fate.Works;
            }
            if (action != "ReceiveMessage" || !strikes)
                return Fate.Works;
            return Are switch { Kind.Hanging => Fate.Hangs, Kind.Failing => Fate.ServerError, Kind.Slow => Fate.Late, _ => Fate.Works };
        };
        double worked = 0, othersWorked = 0;
        int done = 0, othersDone = 0;
        Func<int, bool, CancellationToken, Task> work = async (count, isBusy, cancel) =>
        {
            double began = bench.Now();
            if (HandlerMs > 0)
                await Task.Delay(TimeSpan.FromMilliseconds(HandlerMs), bench.Time, cancel);
            worked += bench.Now() - began;
            othersWorked += isBusy ? 0 : bench.Now() - began;
            done += isBusy ? count : 0;
            othersDone += isBusy ? 0 : count;
        };
        await bench.StartAsync(z =>
        {
            z.Concurrency = Slots;
            z.MaxConcurrency = Ceiling;
            if (Polling is not null)
                z.Polling = Polling;
            foreach (string name in (string[])["busy" + suffix, .. others])
            {
                z.Queue(name, q =>
                {
                    bool isBusy = name.StartsWith("busy", StringComparison.Ordinal);
                    q.Weight = isBusy ? BusyWeight : 1;
                    if (!isBusy && Are == Kind.Poison)
                        q.Handle(Body.Text, static ValueTask<Outcome> (_, _, _) => throw new TimeoutException());
                    else if (Batch > 1)
                        q.HandleBatch(Body.Text, async (messages, _, cancel) => { await work(messages.Count, isBusy, cancel); return Outcome.Done; }, max: Batch);
                    else
                        q.Handle(Body.Text, async (_, _, cancel) => await work(1, isBusy, cancel));
                });
            }
        });
        await bench.Pass(1);
        strikes = true;
        double longest = 0, next = 0;
        async Task PassAsync(double seconds)
        {
            for (double end = bench.Now() + seconds; bench.Now() < end; await bench.Pass(0.1))
            {
                if (Are == Kind.Bursts && bench.Now() >= next)
                {
                    next = bench.Now() + BurstEvery;
                    foreach (string url in urls)
                        await Fill(bench, url, Burst);
                }
                Trace?.Invoke(bench);
                longest = Math.Max(longest, bench.Worker.GetStatus().Waiting);
            }
        }
        await PassAsync(RampUp);
        (int doneBefore, double workedBefore, int receivesBefore, int deletesBefore, int othersBefore) = (done, worked, receives, deletes, othersDone);
        double from = bench.Now();
        await PassAsync(Window);
        double took = bench.Now() - from;
        WorkerStatus status = bench.Worker.GetStatus();
        strikes = false;
        double perSecond = (done - doneBefore) / took, others_ = (othersDone - othersBefore) / took;
        return new Result(perSecond, perSecond + others_, (worked - workedBefore) / (took * Math.Min(Slots, Ceiling ?? Slots)), (receives - receivesBefore + deletes - deletesBefore) / Math.Max(1.0, done - doneBefore),
            longest / Math.Max(1, perSecond + others_), status.Queues.Skip(1).Sum(static q => q.EmptyReceives), others_);
    }

    private async Task Fill(Bench bench, string url, int count)
    {
        for (int i = 0; i < count; i += 10)
        {
            await bench.Direct.SendMessageBatchAsync(url, [.. Enumerable.Range(i, Math.Min(10, count - i)).Select(n => new SendMessageBatchRequestEntry($"{n - i}", "m")
            {
                MessageGroupId = Fifo ? $"g{n % 500}" : null,
                MessageDeduplicationId = Fifo ? Guid.NewGuid().ToString() : null,
            })]);
        }
    }
}
