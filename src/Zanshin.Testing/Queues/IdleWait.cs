using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Zanshin.LocalQueue.Engine;
using QueuedState = Zanshin.LocalQueue.Engine.MessageState;

namespace Zanshin.Testing.Queues;

/// <summary>Waits until a worker has nothing to do: in no queue of its own, in no buffer, on its way, or in its hands.</summary>
/// <param name="later">Whether messages count that become visible later: delayed ones, and those that are in flight and in nobody's hands.</param>
internal sealed class IdleWait(ZanshinWorker worker, TestQueues queues, bool later)
{
    public async Task WaitAsync(TimeSpan timeout, CancellationToken cancel)
    {
        TimeProvider time = queues.Time is VirtualTime ? queues.Time : TimeProvider.System;
        long began = time.GetTimestamp();
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            if (IsIdle())
                return;
            TimeSpan waited = time.GetElapsedTime(began);
            if (worker.GetStatus().State is WorkerState.NotStarted or WorkerState.Stopping or WorkerState.Stopped)
                throw new InvalidOperationException($"The worker cannot become idle, it is not running ({worker.GetStatus().State}): {WhatIsLeft()}");
            if (waited >= timeout)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"The worker is not idle after {timeout}: {WhatIsLeft()}"));
            // A hundredth of what has passed: soon at first, and few looks at hours of virtual time.
            TimeSpan pause = waited / 100;
            await Task.Delay(pause < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : pause, time, CancellationToken.None);
        }
    }

    // A message is in a buffer or a queue, on its way in a receive, or in the worker's hands. No receive comes or goes meanwhile, so all that a first look
    // does not see the second one does: it begins when the worker has all that was ever on its way to it.
    private bool IsIdle()
    {
        Traffic traffic = queues.Traffic;
        long ended = traffic.Ended, opened = traffic.Opened;
        return NothingIsLeft(opened - ended) && NothingIsLeft(opened - ended) && traffic.Opened == opened && traffic.Ended == ended;
    }

    // The order counts: the worker sends before it is at rest, and a buffer's message is in its queue before it is not in the buffer.
    private bool NothingIsLeft(long openReceives)
    {
        WorkerStatus status = worker.GetStatus();
        return status is { Running: 0, Waiting: 0, Settling: 0 } && status.Queues.All(static q => q.LeasesHeld == 0)
            && Unsent() == 0
            && status.Queues.All(q => Busy(q.Name) == 0)
            && AllWait(status, openReceives);
    }

    // Whether no answer is on its way: each receive waits at its queue, and the worker has no more than wait there, some of which may be the application's own.
    // What these have taken is not the worker's.
    private bool AllWait(WorkerStatus status, long openReceives)
    {
        Dictionary<string, int> waiting = queues.Sqs.Engine.List(queues.Sqs.Engine.Region, "", null, int.MaxValue).Names.ToDictionary(static name => name, name => queues.Sqs.Engine.Find(name)?.Waiting ?? 0);
        return waiting.Values.Sum() == openReceives && status.Queues.All(q => q.OpenReceives <= waiting.GetValueOrDefault(q.Name));
    }

    private int Unsent() => worker.Services.GetService<IBufferedSender>()?.Count ?? 0;

    private int Busy(string queue)
    {
        if (queues.Sqs.Engine.Find(queue) is not { } found)
            return 0;
        QueueCounts counts = found.Count();
        if (later)
            return counts.Visible + counts.InFlight + counts.Delayed;
        if (!found.Fifo || counts.InFlight == 0)
            return counts.Visible;
        // What stands behind one that is in flight is not to be had.
        return found.Look().GroupBy(static m => m.Message.GroupId).Sum(static group => group.TakeWhile(static m => m.State == QueuedState.Ready).Count());
    }

    private string WhatIsLeft()
    {
        WorkerStatus status = worker.GetStatus();
        List<string> left = [];
        foreach ((Dispatching.Run run, TimeSpan since) in queues.Runs.UnderWay)
        {
            string cancelled = run.CancelReason == CancelReason.None ? "" : $", its token cancelled ({run.CancelReason})";
            string what = run.Deliveries.Length == 1 ? $"message {run.Deliveries[0].Id}" : $"a batch of {run.Deliveries.Length} messages, the first {run.Deliveries[0].Id},";
            left.Add(string.Create(CultureInfo.InvariantCulture, $"{what} of '{run.Line.Name}' runs for {since:g} in {run.Where}, attempt {run.Deliveries[0].Attempt}{cancelled}"));
        }
        if (status.State == WorkerState.Quiet)
            left.Add("the worker is quiet, so it receives nothing (Resume ends that)");
        if (status.Waiting > 0)
            left.Add($"{status.Waiting} received messages wait for a slot, for their group, or for a retry of its head");
        if (status.Settling > 0)
            left.Add($"{status.Settling} messages are being settled");
        if (Unsent() is > 0 and var unsent)
            left.Add($"{unsent} buffered messages are not sent");
        foreach (QueueStatus queue in status.Queues)
        {
            if (queues.Sqs.Engine.Find(queue.Name)?.Count() is { } counts && counts != default)
                left.Add($"'{queue.Name}' has {counts.Visible} visible, {counts.InFlight} in flight and {counts.Delayed} delayed messages");
            if (queue.Trouble is { } trouble)
                left.Add($"'{queue.Name}' is in trouble: {trouble}");
        }
        return left.Count == 0 ? "messages keep coming and going." : $"{string.Join("; ", left)}.";
    }
}
