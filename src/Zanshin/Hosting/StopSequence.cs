using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Zanshin.Dispatching;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Hosting;

#pragma warning disable CA1001 // The token source has no timer and may be cancelled by a late signal: nothing to dispose.
/// <summary>
/// A worker's stop, once:
/// <code>
///   0                                         cancel at                deadline
///   |-- receives and handlers drain ----------|-- both cancelled ------|
///   |   (settled as they end)                                          |
///   |   no handler runs, and the grace is over: receives abandoned     |
///   |-- per queue: last receive returned -> what waits goes back       |
///                                             orphans go back, named --|
///                                             last flush, loops end ---|
/// </code>
/// The deadline is <see cref="ZanshinOptions.Timeout"/>, or the host's shutdown time-out less 2 s; "cancel at" is 5 s before it, and the orphans' turn 1 s.
/// Of a time-out too short for that, parts. While handlers run, open receives cost nothing: they are abandoned only when nothing else is left to wait for
/// (<see cref="ZanshinOptions.ReceiveGrace"/>). A drain has no deadline until it is given one (<see cref="Limit"/>), and then all of it from there.
/// </summary>
internal sealed class StopSequence
#pragma warning restore CA1001
{
    private static readonly TimeSpan CancelBefore = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FlushBefore = TimeSpan.FromSeconds(1);

    /// <summary>So long a call of application code that nothing depends on any more is waited for.</summary>
    private static readonly TimeSpan s_returnsWithin = TimeSpan.FromMilliseconds(500);

    private readonly IReadOnlyList<QueueWorker> _queues;
    private readonly IReadOnlyList<Dispatcher> _groups;
    private readonly Surroundings _surroundings;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _hurry = new();
    private readonly CancellationTokenSource _limited = new();
    private readonly TimeSpan _began;
    private readonly TimeSpan _budget;
    private readonly TimeSpan? _grace;
    private TimeSpan _deadline; // set by the sequence only, before it ends
    private readonly Lock _lock = new(); // guards _second and _over
    private readonly List<PosixSignalRegistration> _second = [];
    private bool _over;

    private StopSequence(IReadOnlyList<QueueWorker> queues, IReadOnlyList<Dispatcher> groups, Surroundings surroundings, TimeSpan budget, TimeSpan? grace, ILogger logger)
    {
        (_queues, _groups, _surroundings, _budget, _grace, _logger) = (queues, groups, surroundings, budget, grace, logger);
        _began = surroundings.Now;
        _deadline = _began + budget;
    }

    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>What is left of its time.</summary>
    public TimeSpan TimeLeft => Left(_deadline);

    /// <param name="grace">As <see cref="ZanshinOptions.ReceiveGrace"/>.</param>
    /// <param name="drains">It has no deadline yet.</param>
    public static StopSequence Begin(
        IReadOnlyList<QueueWorker> queues, IReadOnlyList<Dispatcher> groups, Surroundings surroundings, TimeSpan budget, TimeSpan? grace, bool drains, ILogger logger)
    {
        var stop = new StopSequence(queues, groups, surroundings, budget, grace, logger);
        if (!drains)
            stop.ListenForSecondSignal();
        int running = 0, waiting = 0;
        foreach (Dispatcher group in groups)
        {
            (int runs, int waits) = group.StartNoMore();
            (running, waiting) = (running + runs, waiting + waits);
        }
        // Not on the caller's context, which may be blocked until this ends, nor under the caller's lock: a logger is the application's.
        stop.Ended = surroundings.Begin((stop, drains, running, waiting), static begun => begun.stop.RunAsync(begun.drains, begun.running, begun.waiting));
        return stop;
    }

    /// <summary>Cancels handlers and open receives now instead of 5 s before the end.</summary>
    public void Hurry()
    {
        _hurry.Cancel();
        _limited.Cancel();
    }

    /// <summary>A drain has a deadline from here, as any other stop.</summary>
    public void Limit()
    {
        ListenForSecondSignal();
        _limited.Cancel();
    }

    private async Task RunAsync(bool drains, int running, int waiting)
    {
        if (drains)
            _logger.Draining(running, waiting);
        else
            _logger.Stopping(running, waiting, _budget);
        try
        {
            await StepsAsync(drains);
        }
        finally
        {
            lock (_lock)
            {
                _over = true;
                _second.ForEach(static registration => registration.Dispose());
            }
        }
    }

    private async Task StepsAsync(bool drains)
    {
        List<Task> givenBack = [];
        foreach (QueueWorker queue in _queues)
        {
            queue.Line.LastPoll = queue.Receiver.StopAsync();
            givenBack.Add(GiveBackAsync(queue));
        }
        Task drained = DrainedAsync(givenBack);
        if (drains)
        {
            if (!await EndsWithinAsync(drained, Timeout.InfiniteTimeSpan, _limited.Token))
                _logger.DrainLimited(_budget);
            _deadline = _surroundings.Now + _budget;
        }

        TimeSpan budget = _budget;
        TimeSpan cancelIn = budget > 2 * CancelBefore ? budget - CancelBefore : budget / 2;
        if (!await EndsWithinAsync(drained, cancelIn, _hurry.Token))
        {
            (int polls, string queues) = Abandon(_queues);
            if (_groups.Sum(static g => g.CancelRuns()) is > 0 and int runs)
                _logger.CancelsAtStop(runs, polls);
            else if (polls > 0)
                _logger.ReceivesAbandoned(polls, queues);
            await EndsWithinAsync(drained, Left(_deadline - (budget > 4 * FlushBefore ? FlushBefore : budget / 4)), CancellationToken.None);
        }

        // The last flush. Whatever SQS does, it is over at the deadline.
        List<Delivery> orphans = [.. _groups.SelectMany(static g => g.Orphan())];
        using ITimer end = _surroundings.Time.CreateTimer(static stop => ((StopSequence)stop!).GiveUp(), this, Left(_deadline), Timeout.InfiniteTimeSpan);
        foreach (QueueWorker queue in _queues)
            queue.Settler.Hasten();
        await Task.WhenAll([.. orphans.ConvertAll(GiveBackOrphanAsync), .. givenBack]);
        await Task.WhenAll(_groups.Select(static g => g.Lives()));

        // Nothing is here any more: the loops end.
        await Task.WhenAll(_queues.Select(static q => q.Settler.StopAsync()));
        await Task.WhenAll(_queues.Select(static q => q.Leases.StopAsync()));
        await EndCallsAsync();
        foreach (QueueWorker queue in _queues)
            queue.Threads?.Stop();
        foreach (QueueWorker queue in _queues)
            queue.Dispose();

        TimeSpan took = _surroundings.Now - _began;
        if (orphans.Count == 0)
            _logger.Stopped(took);
        else
            _logger.StoppedWithOrphans(took, orphans.Count, string.Join(", ", orphans.Select(static o => $"{o.Line.Name}/{o.Id}")));
    }

    // One that does not answer holds up no stop.
    private async Task EndCallsAsync()
    {
        List<LimiterThrottle> limiters = [.. _queues.SelectMany(static q => q.Line.Throttles).OfType<LimiterThrottle>().Distinct()];
        foreach (LimiterThrottle limiter in limiters)
        {
            if (!await EndsWithinAsync(limiter.Answered, s_returnsWithin, CancellationToken.None))
                _logger.CallHangs("A rate limiter");
            limiter.Dispose();
        }
        foreach (Dispatcher group in _groups)
        {
            if (!await EndsWithinAsync(group.StrategyAnswered, s_returnsWithin, CancellationToken.None))
                _logger.CallHangs("A polling strategy");
            group.EndStrategies();
            await EndsWithinAsync(group.CallsMade, s_returnsWithin, CancellationToken.None);
        }
    }

    private void GiveUp()
    {
        foreach (QueueWorker queue in _queues)
            queue.GiveUp();
    }

    private TimeSpan Left(TimeSpan moment)
    {
        TimeSpan left = moment - _surroundings.Now;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static async Task GiveBackAsync(QueueWorker queue)
    {
        await queue.Line.LastPoll;
        await queue.Line.Dispatcher.GiveBackWaiting(queue.Line);
    }

    private async Task DrainedAsync(List<Task> givenBack)
    {
        // One by one: combined, their ends would go over the pool.
        foreach (Dispatcher group in _groups)
            await group.NoRuns();
        await EndReceivesAsync();
        foreach (Task queue in givenBack)
            await queue;
    }

    // Only open receives hold up the stop now.
    private async Task EndReceivesAsync()
    {
        List<QueueWorker> waitedFor = [.. _queues.Where(q => GraceOf(q) == Timeout.InfiniteTimeSpan)], others = [.. _queues.Except(waitedFor)];
        if (others.Count > 0 && !await EndsWithinAsync(LastPollsAsync(others), Left(_began + others.Max(GraceOf)), _hurry.Token) && Abandon(others) is (> 0 and int polls, string names))
            _logger.ReceivesAbandoned(polls, names);
        waitedFor.RemoveAll(static q => q.Line.LastPoll.IsCompleted);
        if (waitedFor.Count > 0)
            _logger.WaitsForReceives(NamesOf(waitedFor), Left(_began + waitedFor.Max(static q => q.Setup.WaitTime)), waitedFor.Max(static q => q.Line.Visibility));
    }

    private TimeSpan GraceOf(QueueWorker queue) => StopBudget.GraceOf(_grace, queue.Line.Visibility);

    private static async Task LastPollsAsync(List<QueueWorker> queues)
    {
        foreach (QueueWorker queue in queues)
            await queue.Line.LastPoll;
    }

    private static (int Polls, string Queues) Abandon(IEnumerable<QueueWorker> queues)
    {
        int polls = 0;
        List<QueueWorker> open = [];
        foreach (QueueWorker queue in queues)
        {
            if (queue.Receiver.Abandon() is > 0 and int abandoned)
            {
                polls += abandoned;
                open.Add(queue);
            }
        }
        return (polls, NamesOf(open));
    }

    private static string NamesOf(IEnumerable<QueueWorker> queues) => string.Join(", ", queues.Select(static q => q.Name));

    private static async Task GiveBackOrphanAsync(Delivery orphan)
    {
        orphan.Line.Counts.Add(Count.Returned);
        await orphan.Line.LastPoll;
        await MessageLife.ReturnAsync(orphan, TimeSpan.Zero, 0, urgent: true);
        orphan.Line.Leases.Release(orphan.Lease);
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan within, CancellationToken hurry)
    {
        if (within <= TimeSpan.Zero && within != Timeout.InfiniteTimeSpan)
            return task.IsCompleted;
        try
        {
            await task.WaitAsync(within, _surroundings.Time, hurry);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    // The signal that began the stop, or gave a drain its deadline, has been: another is the second.
    private void ListenForSecondSignal()
    {
        lock (_lock)
        {
            if (_over || _second.Count > 0)
                return;
            _second.Add(OnSecond(PosixSignal.SIGINT));
            _second.Add(OnSecond(PosixSignal.SIGTERM));
        }
    }

    private PosixSignalRegistration OnSecond(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        Hurry();
    });
}
