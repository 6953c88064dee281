using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Leasing;

/// <summary>
/// Keeps all leases of one queue: waiting, running and settling messages alike.
/// <list type="number">
/// <item>One loop and one heap of deadlines; nothing is started per lease.</item>
/// <item>What falls due goes out in batches of 10, several at a time, so that a hung call holds up only its ten.</item>
/// <item>A failed entry is tried again until its deadline; then its lease is lost and its holder is told.</item>
/// <item>The same loop ends runs at their time limit and wakes messages that wait for a local retry.</item>
/// </list>
/// </summary>
internal sealed class LeaseKeeper : IDisposable
{
    private const int CallsAtOnce = 16;

    private static readonly SqsFailure s_inDoubt = new(SqsFailureKind.NoAnswer, "the machine's clock is in doubt");

    private readonly SqsQueue _sqs;
    private readonly LeaseSchedule _schedule;
    private readonly Surroundings _surroundings;
    private readonly QueueCounts _counts;
    private readonly Trouble _trouble;
    private readonly Wakeup _wakeup;

    private readonly Lock _lock = new(); // guards the leases, _due, _ready, _calls and _held
    private readonly DeadlineHeap<Lease> _due = new();
    private readonly Queue<Lease> _ready = new();
    private int _calls;
    private int _held;

    // Used by the loop only.
    private readonly List<Task> _open = [];
    private readonly List<(Lease Lease, LeaseLoss Loss)> _lost = [];
    private readonly List<Lease> _overTime = [];
    private readonly List<Lease> _woken = [];

    private Task _loop = Task.CompletedTask;
    private volatile bool _stopped;

    public LeaseKeeper(SqsQueue sqs, LeaseSchedule schedule, Surroundings surroundings, QueueCounts counts, Trouble trouble)
    {
        (_sqs, _schedule, _surroundings, _counts, _trouble) = (sqs, schedule, surroundings, counts, trouble);
        _wakeup = new Wakeup(surroundings);
    }

    /// <summary>Leases held now, detached ones included.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
                return _held;
        }
    }

    public LeaseSchedule Schedule => _schedule;

    public void Start() => _loop = _surroundings.Begin(this, static keeper => keeper.RunAsync());

    /// <summary>Ends the loop after the calls that are under way. Leases still held are left to their deadlines.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        _wakeup.Set();
        await _loop;
        _wakeup.Dispose();
    }

    public void Dispose() => _wakeup.Dispose();

    public Lease Hold(ILeaseHolder holder, string handle, TimeSpan received, TimeSpan deadline)
    {
        var lease = new Lease(this, holder, handle, received, deadline);
        lock (_lock)
        {
            _held++;
            Reschedule(lease);
        }
        return lease;
    }

    /// <summary>The process stood still, or the clock has moved by itself: every lease is looked at now, before anything is extended.</summary>
    public void LookAgain() => _wakeup.Set();

    /// <summary>Asks SQS for the time: how much of it the worker's clock has missed, at least and at most. Null where that cannot be said.</summary>
    public Task<(TimeSpan Least, TimeSpan Most)?> AskMissedAsync(CancellationToken cancel) => _sqs.AskMissedAsync(_schedule.CallLimit, cancel);

    /// <summary>Asks SQS for the time where too little is known of it.</summary>
    public Task LearnTimeAsync(CancellationToken cancel) => _sqs.LearnTimeAsync(cancel);

    public void ClockHasMissed() => _sqs.ForgetServerClock();

    /// <summary>The message came again: from here its newer receipt counts. False when this lease is not kept any more, or is over and about to be lost.</summary>
    public bool Adopt(Lease lease, string handle, TimeSpan received, TimeSpan deadline)
    {
        lock (_lock)
        {
            if (lease.Mode != LeaseMode.Kept || lease.Deadline <= _surroundings.Now)
                return false;
            lease.Generation++;
            (lease.Handle, lease.Received, lease.Deadline, lease.FailedCalls, lease.UnheardUntil) = (handle, received, deadline, 0, TimeSpan.Zero);
            Reschedule(lease);
            return true;
        }
    }

    /// <summary>The token source of the holder is cancelled through it at this moment; <see cref="TimeSpan.MaxValue"/> for never.</summary>
    public void LimitRun(Lease lease, TimeSpan at)
    {
        lock (_lock)
        {
            lease.RunLimit = at;
            if (lease.Mode == LeaseMode.Kept)
                Reschedule(lease);
        }
    }

    /// <summary>Its holder is told at this moment, also when the lease is lost by then.</summary>
    public void WakeAt(Lease lease, TimeSpan at)
    {
        lock (_lock)
        {
            lease.WakeAt = at;
            if (lease.Mode is LeaseMode.Kept or LeaseMode.Lost)
                Reschedule(lease);
        }
    }

    public void Deleting(Lease lease)
    {
        lock (_lock)
            lease.Deleting = true;
    }

    /// <summary>Whether the lease has not been lost, and the handle that stands for it now.</summary>
    public bool Holds(Lease lease, out string handle, out TimeSpan deadline)
    {
        lock (_lock)
        {
            (handle, deadline) = (lease.Handle, lease.Deadline);
            return lease.Mode is LeaseMode.Kept or LeaseMode.Detached && deadline > _surroundings.Now;
        }
    }

    public TimeSpan Left(Lease lease)
    {
        lock (_lock)
        {
            // One that is on its way back may be another's from now on.
            TimeSpan left = lease.Deadline - _surroundings.Now;
            return lease.Mode == LeaseMode.Kept && left > TimeSpan.Zero && _surroundings.IsCertain ? left : TimeSpan.Zero;
        }
    }

    /// <summary>When SQS counts from, and what is left, read together.</summary>
    public (TimeSpan Received, TimeSpan Left) Look(Lease lease)
    {
        lock (_lock)
            return (lease.Received, Left(lease));
    }

    /// <summary>Whether the lease holds now. One that is over is lost here and now, and its holder told: the loop may not have come round to it.</summary>
    public bool Judge(Lease lease)
    {
        LeaseLoss loss;
        lock (_lock)
        {
            if (lease.Mode != LeaseMode.Kept || lease.Deadline > _surroundings.Now)
                return lease.Mode is LeaseMode.Kept or LeaseMode.Detached;
            loss = LossAtDeadline(lease);
        }
        lease.Holder.LeaseLost(loss);
        return false;
    }

    /// <summary>
    /// Ends the extension of a lease whose message goes back, once a call that is under way has ended: a late extension
    /// would undo the return. False when the lease is lost.
    /// </summary>
    public async ValueTask<bool> DetachAsync(Lease lease)
    {
        while (true)
        {
            Task ended;
            lock (_lock)
            {
                if (lease.Mode is not LeaseMode.Kept and not LeaseMode.Detached)
                    return false;
                if (lease.Call != VisibilityCall.Sent)
                {
                    lease.Call = VisibilityCall.None;
                    lease.Mode = LeaseMode.Detached;
                    _due.Remove(lease);
                    return true;
                }
                ended = CallEnded(lease);
            }
            await ended;
        }
    }

    /// <summary>The message is settled, or its return is given up; harmless when said twice.</summary>
    public void Release(Lease lease)
    {
        lock (_lock)
        {
            if (lease.Mode == LeaseMode.Released)
                return;
            if (lease.Mode != LeaseMode.Lost)
                _held--;
            // Over before the loop came round to it: lost all the same.
            if (lease.Mode == LeaseMode.Kept && lease.Deadline <= _surroundings.Now)
                _counts.Add(Count.LeasesLost);
            lease.Mode = LeaseMode.Released;
            _due.Remove(lease);
        }
    }

    public async ValueTask ExtendNowAsync(Lease lease, TimeSpan by, CancellationToken cancel)
    {
        if (by < TimeSpan.FromSeconds(1) || by > SqsLimits.MaxVisibility)
            throw new ArgumentOutOfRangeException(nameof(by), by, "A lease is extended by 1 second to 12 hours.");
        while (true)
        {
            Task? ended = null;
            Sending sending = default;
            lock (_lock)
            {
                // First of all: who asks after the stop must not wait for what ends no more.
                if (lease.Mode != LeaseMode.Kept || lease.Deadline <= _surroundings.Now)
                    throw new LeaseLostException("The lease cannot be extended: it was lost or has been given back.");
                if (_surroundings.InDoubt)
                {
                    ended = _surroundings.Doubt.EndedAsync();
                }
                else if (lease.Call == VisibilityCall.Sent)
                {
                    ended = CallEnded(lease);
                }
                else
                {
                    sending = Send(lease, by);
                    if (sending.Seconds == 0)
                        throw new LeaseLostException("The lease cannot be extended: 12 hours after the receipt SQS ends it.");
                }
            }
            if (ended is not null)
            {
                await Ended(ended).WaitAsync(cancel);
                continue;
            }
            SqsFailure? failure = await ChangeAsync([sending]);
            if (failure is null)
                return;
            if (!failure.Retryable)
                throw new LeaseLostException($"SQS refused to extend the lease: {failure.Reason}");
            await Task.Delay(_schedule.RetryAfter(lease.FailedCalls, _surroundings.Dice()), _surroundings.Time, cancel);
        }
    }

    // WaitAsync over the bare source would leave a simulation's thread; over an async method it does not.
    private static async Task Ended(Task call) => await call;

    private async Task RunAsync()
    {
        while (true)
        {
            TimeSpan next = CollectDue();
            TellHolders();
            // What may be another's is not extended. The end of the doubt wakes the loop.
            while (!_surroundings.InDoubt && TakeBatch() is { } batch)
                _open.Add(ExtendAsync(batch));
            _open.RemoveAll(static call => call.IsCompleted);
            if (_stopped)
                break;
            await _wakeup.WaitAsync(next);
        }
        await Task.WhenAll(_open);
    }

    // Sorts out everything whose moment has come; returns the next moment.
    private TimeSpan CollectDue()
    {
        lock (_lock)
        {
            TimeSpan now = _surroundings.Now;
            while (_due.Earliest <= now)
                Come(_due.First, now);
            // Where some extensions go out anyway, those that fall due soon ride along.
            while (_ready.Count > 0 && _due.Earliest <= now + _schedule.Gather && ExtensionDue(_due.First) == _due.Earliest)
                QueueExtension(_due.First);
            return _due.Earliest;
        }
    }

    private void Come(Lease lease, TimeSpan now)
    {
        if (lease.Mode != LeaseMode.Lost && lease.Deadline <= now)
        {
            _lost.Add((lease, LossAtDeadline(lease)));
            return;
        }
        if (lease.RunLimit <= now)
        {
            lease.RunLimit = TimeSpan.MaxValue;
            _overTime.Add(lease);
        }
        if (lease.WakeAt <= now)
        {
            lease.WakeAt = TimeSpan.MaxValue;
            _woken.Add(lease);
        }
        if (ExtensionDue(lease) <= now)
            QueueExtension(lease);
        else
            Reschedule(lease);
    }

    private void QueueExtension(Lease lease)
    {
        lease.Call = VisibilityCall.Queued;
        _ready.Enqueue(lease);
        Reschedule(lease);
    }

    private void TellHolders()
    {
        foreach ((Lease lease, LeaseLoss loss) in _lost)
            lease.Holder.LeaseLost(loss);
        foreach (Lease lease in _overTime)
            lease.Holder.TimeLimitReached();
        foreach (Lease lease in _woken)
            lease.Holder.Wake();
        _lost.Clear();
        _overTime.Clear();
        _woken.Clear();
    }

    private List<Sending>? TakeBatch()
    {
        lock (_lock)
        {
            if (_calls >= CallsAtOnce)
                return null;
            List<Sending>? batch = null;
            while (batch is not { Count: SqsLimits.Batch } && _ready.TryDequeue(out Lease? lease))
            {
                // Taken back meanwhile, or sent by its handler.
                if (lease.Mode != LeaseMode.Kept || lease.Call != VisibilityCall.Queued)
                    continue;
                // Over while it waited its turn: it may be another's, and the next pass loses it.
                if (lease.Deadline <= _surroundings.Now)
                {
                    lease.Call = VisibilityCall.None;
                    Reschedule(lease);
                    continue;
                }
                Sending sending = Send(lease, _schedule.Visibility);
                if (sending.Seconds > 0)
                    (batch ??= new(SqsLimits.Batch)).Add(sending);
            }
            if (batch is not null)
                _calls++;
            return batch;
        }
    }

    private async Task ExtendAsync(List<Sending> batch)
    {
        await ChangeAsync(batch);
        lock (_lock)
            _calls--;
        _wakeup.Set();
    }

    // One visibility call for up to ten leases, and its answer. Never throws; gives back the last failure, if any.
    private async Task<SqsFailure?> ChangeAsync(List<Sending> batch)
    {
        TimeSpan before = _surroundings.Now;
        SqsFailure? failure = null;
        var failures = new SqsFailure?[batch.Count];
        if (batch.Exists(static s => s.Again))
            _counts.Add(Count.RepeatedRequests);
        try
        {
            await _sqs.ChangeVisibilityAsync(batch.ConvertAll(static s => new VisibilityChange(s.Handle, s.Seconds)), failures, _schedule.CallLimit);
            if (SqsFailure.OfAll(failures) is { } none)
                _trouble.Met(none, before);
            else
                _trouble.Over();
        }
        catch (Exception exception)
        {
            failure = SqsFailure.Of(exception);
            _trouble.Met(failure, before);
            Array.Fill(failures, failure);
        }
        // Time may have passed unseen between the call and a yes. Whether the lease still held then is known when the doubt is over; then it is asked for again.
        if (_surroundings.InDoubt)
            failures = Array.ConvertAll(failures, static failure => failure ?? s_inDoubt);
        for (int i = 0; i < batch.Count; i++)
        {
            failure = failures[i] ?? failure;
            Answered(batch[i], before, failures[i]);
        }
        return failure;
    }

    private void Answered(Sending sending, TimeSpan before, SqsFailure? failure)
    {
        Lease lease = sending.Lease;
        TaskCompletionSource? ended;
        LeaseLoss? lost = null;
        TimeSpan? left = null;
        lock (_lock)
        {
            (ended, lease.CallEnded) = (lease.CallEnded, null);
            lease.Call = VisibilityCall.None;
            if (lease.Mode == LeaseMode.Kept && lease.Generation == sending.Generation)
            {
                if (lease.Deadline <= _surroundings.Now)
                {
                    // A yes that comes after the deadline may have been said after it too: SQS says it of expired handles as well.
                    lost = LossAtDeadline(lease);
                }
                else if (failure is null)
                {
                    left = lease.Deadline - _surroundings.Now;
                    lease.Deadline = before + TimeSpan.FromSeconds(sending.Seconds);
                    lease.FailedCalls = 0;
                    _counts.Add(Count.LeasesExtended);
                }
                else
                {
                    lease.FailedCalls++;
                    lease.NextTry = _surroundings.Now + _schedule.RetryAfter(lease.FailedCalls, _surroundings.Dice());
                    if (failure.Kind != SqsFailureKind.Refused)
                        Unheard(lease, sending.Seconds);
                    else if (lease.Deleting)
                        lease.NextTry = TimeSpan.MaxValue;
                    else
                        lost = Lose(lease, LeaseLoss.Refused);
                }
            }
            if (lease.Mode == LeaseMode.Kept)
                Reschedule(lease);
        }
        if (lost is { } loss)
            lease.Holder.LeaseLost(loss);
        ended?.TrySetResult();
        _wakeup.Set();
        if (left is { } was && _counts.Instruments is { LeaseLeft.Enabled: true } instruments)
            instruments.Record(instruments.LeaseLeft, was.TotalSeconds, _sqs.Name, new() { { "messaging.destination.name", _sqs.Name } });
    }

    // The members below are called under the lock.

    private Sending Send(Lease lease, TimeSpan by)
    {
        TimeSpan now = _surroundings.Now;
        int seconds = LeaseSchedule.Seconds(IsUnheard(lease, now) && lease.Unheard < by ? lease.Unheard : by, lease.Received, now);
        lease.Call = seconds > 0 ? VisibilityCall.Sent : VisibilityCall.None;
        // A shorter lease may begin at once, also when its answer is lost.
        if (seconds > 0)
            lease.Deadline = Earlier(lease.Deadline, now + TimeSpan.FromSeconds(seconds));
        Reschedule(lease);
        return new Sending(lease, lease.Handle, lease.Generation, seconds, lease.FailedCalls > 0);
    }

    private LeaseLoss LossAtDeadline(Lease lease) =>
        Lose(lease, LeaseSchedule.IsLast(_surroundings.Now, lease.Received) ? LeaseLoss.TwelveHours : LeaseLoss.NotConfirmed);

    // What was asked for and not heard of may still take effect, and end the lease sooner than a longer one that is confirmed
    // meanwhile: for a while nothing longer is asked for.
    private void Unheard(Lease lease, int seconds)
    {
        TimeSpan now = _surroundings.Now, asked = TimeSpan.FromSeconds(seconds);
        lease.Unheard = IsUnheard(lease, now) ? Earlier(lease.Unheard, asked) : asked;
        lease.UnheardUntil = now + LeaseSchedule.LongestOnTheWay;
    }

    private static bool IsUnheard(Lease lease, TimeSpan now) => lease.UnheardUntil > now;

    private LeaseLoss Lose(Lease lease, LeaseLoss loss)
    {
        lease.Mode = LeaseMode.Lost;
        lease.Call = VisibilityCall.None;
        _held--;
        lease.RunLimit = TimeSpan.MaxValue;
        Reschedule(lease);
        _counts.Add(Count.LeasesLost);
        return loss;
    }

    private TimeSpan ExtensionDue(Lease lease)
    {
        if (lease.Mode == LeaseMode.Lost || lease.Call != VisibilityCall.None || LeaseSchedule.IsLast(lease.Deadline, lease.Received))
            return TimeSpan.MaxValue;
        if (lease.FailedCalls > 0)
            return lease.NextTry;
        return _schedule.ExtendAt(lease.Deadline, lease.UnheardUntil > TimeSpan.Zero && IsUnheard(lease, _surroundings.Now) ? lease.Unheard : TimeSpan.MaxValue);
    }

    private void Reschedule(Lease lease)
    {
        TimeSpan due = Earlier(lease.RunLimit, lease.WakeAt);
        if (lease.Mode != LeaseMode.Lost)
            due = Earlier(due, Earlier(lease.Deadline, ExtensionDue(lease)));
        if (due == TimeSpan.MaxValue)
        {
            _due.Remove(lease);
            return;
        }
        bool first = due < _due.Earliest;
        _due.Set(lease, due);
        if (first)
            _wakeup.Set();
    }

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static Task CallEnded(Lease lease) =>
        (lease.CallEnded ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private readonly record struct Sending(Lease Lease, string Handle, int Generation, int Seconds, bool Again);
}
