using System.Globalization;
using Zanshin.LocalQueue.Engine;
using QueuedState = Zanshin.LocalQueue.Engine.MessageState;

namespace Zanshin.Testing.Queues;

/// <summary>Waits until a worker has nothing to do: in no queue of its own, on its way, or in its hands.</summary>
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

    // What is nowhere in the queues is open in a receive, counted as handed out and not yet as received, or in the worker's hands.
    // The first looks and the last agree, so nothing has moved between them.
    private bool IsIdle()
    {
        long handedOut = queues.Traffic.HandedOut, open = queues.Traffic.OpenReceives;
        if (!IsAtRest(worker.GetStatus(), handedOut) || Names().Any(q => Busy(q) > 0) || Waiting() != open)
            return false;
        return queues.Traffic.OpenReceives == open && queues.Traffic.HandedOut == handedOut && IsAtRest(worker.GetStatus(), handedOut);
    }

    private static bool IsAtRest(WorkerStatus status, long handedOut) =>
        status is { Running: 0, Waiting: 0, Settling: 0 } && status.Queues.Sum(static q => q.Received) == handedOut && status.Queues.All(static q => q.LeasesHeld == 0);

    private IEnumerable<string> Names() => worker.GetStatus().Queues.Select(static q => q.Name);

    private int Waiting() => queues.Sqs.Engine.List("", null, int.MaxValue).Names.Sum(name => queues.Sqs.Engine.Find(name)?.Waiting ?? 0);

    private int Busy(string queue)
    {
        if (queues.Sqs.Engine.Find(queue) is not { } found)
            return 0;
        QueueCounts counts = found.Count();
        if (later)
            return counts.Visible + counts.InFlight + counts.Delayed;
        if (!found.Fifo || counts.InFlight == 0)
            return counts.Visible;
        // Behind one that is in flight, a group is not to be had.
        var all = found.Look();
        HashSet<string?> locked = [.. all.Where(static m => m.State == QueuedState.InFlight).Select(static m => m.Message.GroupId)];
        return all.Count(m => m.State == QueuedState.Ready && !locked.Contains(m.Message.GroupId));
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
