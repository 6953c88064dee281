namespace Zanshin.LocalQueue.Engine;

internal sealed partial class MessageQueue
{
    private readonly LinkedList<Waiter> _waiters = new();
    private readonly IndexedHeap<Waiter, Waiter.ByDeadline> _waitEnds = new();
    private ITimer? _timer;
    private long _timerDue = long.MaxValue;
    private long _lastWaiter;

    /// <summary>How many receives wait.</summary>
    internal int Waiting
    {
        get
        {
            lock (_lock) return _waiters.Count;
        }
    }

    /// <summary>Takes a receive out of the wait. False when its messages have been taken already: then it will be, or was, completed.</summary>
    internal bool Cancel(Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Node.List is null) return false;
            Unlink(waiter);
            // Who has gone leaves nothing behind, a timer neither.
            if (_waiters.Count == 0 && _timerDue != long.MaxValue)
            {
                _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timerDue = long.MaxValue;
            }

            return true;
        }
    }

    /// <summary>Ends all waits with an empty answer and stops the timer.</summary>
    internal void Close()
    {
        var after = default(AfterLock);
        lock (_lock)
        {
            EndWaits(ReceiveOutcome.Empty, ref after);
        }

        after.Run(this);
    }

    private void EndWaits(ReceiveOutcome outcome, ref AfterLock after)
    {
        while (_waiters.First is { } first)
        {
            Unlink(first.Value);
            after.Wake(first.Value, outcome);
        }

        _timer?.Dispose();
        _timer = null;
        _timerDue = long.MaxValue;
    }

    private void Wait(Waiter waiter, ReceiveAsk ask, long deadline)
    {
        waiter.Ask = ask;
        waiter.Deadline = deadline;
        waiter.Number = ++_lastWaiter;
        _waiters.AddLast(waiter.Node);
        _waitEnds.Add(waiter);
    }

    private void Unlink(Waiter waiter)
    {
        _waiters.Remove(waiter.Node);
        _waitEnds.Remove(waiter);
    }

    /// <summary>
    /// Gives what is ready to those who wait, the longest first, each once; ends waits that are over; and arms the timer.
    /// Last step of everything that may have made a message ready. Nobody is woken who then finds nothing.
    /// </summary>
    private void Serve(long now, ref AfterLock after)
    {
        while (_waiters.First is { Value: var waiter } && _order.Next(null) is not null)
        {
            var taken = Take(waiter.Ask!, longPoll: true, now, ref after);
            if (taken.Length == 0) break;
            Unlink(waiter);
            after.Wake(waiter, new(taken));
        }

        while (_waitEnds.TryPeek(out var ended, out var deadline) && deadline <= now)
        {
            Unlink(ended);
            after.Wake(ended, ReceiveOutcome.Empty);
        }

        Arm(now);
    }

    /// <summary>
    /// Sets the timer to the first instant that could matter to someone who waits. A timer that is set too early is left:
    /// it finds nothing and sets itself again, which is cheaper than moving it with every message.
    /// </summary>
    private void Arm(long now)
    {
        if (!_waitEnds.TryPeek(out _, out var due)) return;
        if (_hidden.TryPeek(out _, out var visibleAt)) due = Math.Min(due, visibleAt);
        if (due >= _timerDue) return;
        _timerDue = due;
        _timer ??= NewTimer();
        // Timers count whole milliseconds; one that fires a fraction early would only be set again.
        var milliseconds = (Math.Max(0, due - now) + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;
        _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }

    private ITimer NewTimer()
    {
        // The caller's execution context (its activity, its locals) must not live on in the queue's timer.
        using (ExecutionContext.SuppressFlow())
        {
            return Engine.Time.CreateTimer(static queue => ((MessageQueue)queue!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        var after = default(AfterLock);
        lock (_lock)
        {
            if (_timer is null) return;
            _timerDue = long.MaxValue;
            Serve(Refresh(), ref after);
        }

        after.Run(this);
    }
}
