using Zanshin.Dispatching;
using Zanshin.Observing;
using Zanshin.Sqs;
using Zanshin.Timing;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Receiving;

/// <summary>
/// Receives the messages of one queue.
/// <list type="number">
/// <item>One loop opens the receives and owns them until they have returned.</item>
/// <item>A queue that has nothing keeps one long poll open, which holds no room.</item>
/// <item>Others ask the dispatcher for room first, and never ask SQS for more than that. Room that a receive has not filled within two round trips is lent to others.</item>
/// <item>After a failure it pauses, longer each time, and goes on: nothing ends the loop but a stop.</item>
/// </list>
/// </summary>
internal sealed class Receiver : IDisposable
{
    /// <summary>A queue's first receive waits on for messages when there are none; those beside it return by then.</summary>
    private static readonly TimeSpan WaitBesides = TimeSpan.FromSeconds(1);

    /// <summary>What had waited so long before it was received for the first time was there to be had by the receive before.</summary>
    private static readonly TimeSpan WaitOfBacklog = TimeSpan.FromSeconds(1);

    /// <summary>In trouble a receive waits no longer for messages: that it is answered is what matters then.</summary>
    private static readonly TimeSpan WaitInTrouble = TimeSpan.FromSeconds(1);

    /// <summary>Where an empty answer comes at once (short polls, a server that does not wait), the next is asked for so long after.</summary>
    private static readonly TimeSpan BetweenHasty = TimeSpan.FromSeconds(1);

    /// <summary>An abandoned FIFO receive is asked for again for so long.</summary>
    private static readonly TimeSpan AskAgainLimit = TimeSpan.FromSeconds(2);

    /// <summary>A server that notices that its client has gone is given at most so long for it.</summary>
    private static readonly TimeSpan LongestNotice = TimeSpan.FromMilliseconds(200);

    private readonly QueueLine _line;
    private readonly SqsQueue _sqs;
    private readonly Dispatcher _dispatcher;
    private readonly Surroundings _surroundings;
    private readonly TimeSpan _wait;
    private readonly Trouble _trouble;
    private readonly Wakeup _wakeup;
    private readonly CancellationTokenSource _abandon = new();

    // Changed by the loop only.
    private readonly List<Poll> _open = [];

    private readonly Lock _lock = new(); // guards _waits, _pace, _pausedUntil, _restsUntil, _attemptIds, _underWay, _abandoned, _movedAt and _broughtAt
    private readonly WaitTime _waits;
    private readonly PollPace _pace = new();
    private readonly RoundTrip _answers = new(TimeSpan.Zero); // of receives that did not wait. Thread-safe
    private TimeSpan _pausedUntil;
    private TimeSpan _restsUntil;
    private readonly Queue<string> _attemptIds = new(); // of receives that lost their answers: at most one for each that was open
    private TimeSpan _broughtAt = TimeSpan.MinValue; // when a receive last brought something
    private int _underWay; // receives
    private bool _abandoned;
    private TimeSpan _movedAt; // when one was last begun or ended, or the loop was called to begin

    private Task _loop = Task.CompletedTask;
    private volatile bool _quiet;
    private volatile bool _stopped;

    /// <param name="clientTimeout">When the client itself ends a call; null for not at all.</param>
    public Receiver(QueueLine line, SqsQueue sqs, Dispatcher dispatcher, Surroundings surroundings, TimeSpan wait, TimeSpan? clientTimeout, Trouble trouble)
    {
        _waits = new WaitTime(wait, clientTimeout);
        (_line, _sqs, _dispatcher, _surroundings, _wait, _trouble) = (line, sqs, dispatcher, surroundings, wait, trouble);
        _wakeup = new Wakeup(surroundings);
        line.RoomAgain = _wakeup.Set;
        line.MoreMayBeThere = EndRest;
        trouble.TryAgain = EndPause;
    }

    public Trouble Trouble => _trouble;

    /// <summary>Called before each receive, which waits for it; it never throws. Null for nothing. Set before the start.</summary>
    public Func<CancellationToken, Task>? BeforeReceive { get; set; }

    /// <summary>Receives that are open now. Changed by the loop; whoever else reads it gets a number that was true a moment ago.</summary>
    public int OpenReceives => _open.Count;

    /// <summary>How long nothing has been asked for although a slot is free for it: the loop does not come, or a call does not return.</summary>
    public TimeSpan StandsStillFor
    {
        get
        {
            TimeSpan now = _surroundings.Now, since;
            bool asks;
            lock (_lock)
            {
                asks = _underWay > 0;
                since = asks ? _movedAt + _wait + SqsQueue.LongestReceive : Later(_movedAt, Later(_pausedUntil, _restsUntil));
            }
            return since < now && !_quiet && !_stopped && (asks || _dispatcher.HasFreeSlot(_line)) ? now - since : TimeSpan.Zero;
        }
    }

    /// <summary>For how long the loop has been called and has not got a thread.</summary>
    public TimeSpan Overdue => _wakeup.Overdue;

    public void Start()
    {
        Moved(0);
        _loop = _surroundings.Begin(this, static receiver => receiver.RunAsync());
    }

    /// <summary>Opens no more receives, or opens them again.</summary>
    public void Quiet(bool quiet)
    {
        _quiet = quiet;
        Moved(0);
        _wakeup.Set();
    }

    /// <summary>Ends the queue's rest after an empty receive: there may be messages now.</summary>
    public void EndRest()
    {
        lock (_lock)
        {
            if (_restsUntil <= _surroundings.Now)
                return;
            _restsUntil = TimeSpan.Zero;
        }
        _wakeup.Set();
    }

    // The endpoint answers others again.
    private void EndPause()
    {
        lock (_lock)
            _pausedUntil = TimeSpan.Zero;
        _wakeup.Set();
    }

    /// <summary>Opens no more receives; ends when the last open one has returned.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        _wakeup.Set();
        await _loop;
    }

    /// <summary>
    /// Ends the open receives at the client, once; gives how many SQS had been asked. What it hands out to them all the same is invisible for a timeout, but on a FIFO
    /// queue: there it is asked for again.
    /// </summary>
    public int Abandon()
    {
        int polls;
        lock (_lock)
        {
            if (_abandoned)
                return 0;
            (_abandoned, polls) = (true, _underWay);
        }
        _line.Counts.Add(Count.PollsAbandoned, polls);
        _abandon.Cancel();
        return polls;
    }

    /// <summary>A stop's time is over: nothing is waited for any more.</summary>
    public void GiveUp() => _wakeup.Set();

    public void Dispose()
    {
        _wakeup.Dispose();
        _abandon.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopped)
        {
            _open.RemoveAll(static poll => poll.Over);
            // One reading for both: a pause that is over for the one and not for the other would have no wake.
            TimeSpan now = _surroundings.Now;
            LendRoom(now);
            while (NextPoll(now) is { } poll)
            {
                _open.Add(poll);
                poll.Task = ReceiveAsync(poll);
            }
            await _wakeup.WaitAsync(NextLook(now));
        }
        _dispatcher.AsksNothing(_line);
        await Task.WhenAll(_open.ConvertAll(static poll => poll.Task));
        _open.Clear();
        // What goes back next must find the server knowing that an abandoned receive is over, unless the stop's time is.
        TimeSpan noticed = _surroundings.Now + Shorter(2 * _sqs.RoundTrip, LongestNotice);
        while (_abandon.IsCancellationRequested && !_line.IsGivenUp && _surroundings.Now < noticed)
            await _wakeup.WaitAsync(noticed);
    }

    // The next receive to open now, or null.
    private Poll? NextPoll(TimeSpan now)
    {
        if (MayOpen(now, out bool idle))
        {
            bool first = _open.Count == 0;
            TimeSpan wait;
            lock (_lock)
                wait = _waits.Next(now);
            return _dispatcher.Reserve(_line, idle, RoundTrip) is { } reservation
                ? new Poll(reservation, first, Shorter(wait, _trouble.Last is not null ? WaitInTrouble : first ? wait : WaitBesides)) : null;
        }
        _dispatcher.AsksNothing(_line);
        return null;
    }

    private bool MayOpen(TimeSpan now, out bool idle)
    {
        idle = _trouble.Last is not null;
        TimeSpan broughtAt;
        lock (_lock)
        {
            idle |= _pace.Idle;
            if (_quiet || _stopped || _pausedUntil > now || _restsUntil > now || _open.Count >= _pace.Polls)
                return false;
            broughtAt = _broughtAt;
        }
        // A queue that has nothing, or is in trouble, is asked by one at a time. So is one whose open receive waits, unless others have brought something since.
        return _open.Count == 0 || !(idle || _open.Exists(poll => poll.LentAt >= broughtAt));
    }

    // Room that a receive has waited with for long enough is lent to others.
    private void LendRoom(TimeSpan now)
    {
        foreach (Poll poll in _open)
        {
            if (poll.Reservation.Until > now)
                continue;
            poll.LentAt = now;
            _dispatcher.Lend(_line, poll.Reservation);
        }
    }

    private TimeSpan NextLook(TimeSpan now)
    {
        TimeSpan next = TimeSpan.MaxValue;
        foreach (Poll poll in _open)
        {
            if (poll.Reservation.Until < next)
                next = poll.Reservation.Until;
        }
        lock (_lock)
        {
            // While both stand, the later one counts.
            TimeSpan pausedUntil = Later(_pausedUntil, _restsUntil);
            return pausedUntil > now && pausedUntil < next ? pausedUntil : next;
        }
    }

    private async Task ReceiveAsync(Poll poll)
    {
        if (BeforeReceive is { } before)
        {
            await before(_abandon.Token);
            // A stop has come meanwhile: a receive that was not opened yet stays closed. So does one whose room was lent, where there is none any more.
            if (_stopped || _quiet || (poll.Reservation.Lent && !poll.First && !_dispatcher.Renew(_line, poll.Reservation, RoundTrip)))
            {
                Over(poll);
                return;
            }
        }
        Moved(+1);
        string? attemptId = AttemptId();
        TimeSpan called = _surroundings.Now;
        try
        {
            (List<SqsMessage> messages, HandOut handOut) = await _sqs.ReceiveAsync(poll.Reservation.Max, poll.Wait, _line.Visibility, attemptId, _abandon.Token);
            LeaveNameless(messages);
            _trouble.Over();
            Answered(poll, messages, called, handOut.Answered);
            _dispatcher.Accept(_line, messages, handOut, poll.Reservation);
            poll.Over = true;
        }
        catch (Exception exception)
        {
            if (_abandon.IsCancellationRequested && attemptId is not null)
                await AskAgainAsync(poll, attemptId);
            Failed(poll, SqsFailure.Of(exception), called, attemptId);
            Over(poll);
        }
        Moved(-1);
        _wakeup.Set();
    }

    // What SQS had given to the abandoned receive it gives again to the same attempt, however long its visibility timeout: it goes back with all else that waits.
    private async Task AskAgainAsync(Poll poll, string attemptId)
    {
        try
        {
            (List<SqsMessage> messages, HandOut handOut) = await _sqs.ReceiveAgainAsync(poll.Reservation.Max, _line.Visibility, attemptId, AskAgainLimit);
            LeaveNameless(messages);
            if (messages.Count == 0)
                return;
            _dispatcher.Accept(_line, messages, handOut, poll.Reservation);
            _line.Logger.AbandonedTook(messages.Count, _line.Name);
        }
        catch (Exception exception)
        {
            _line.Logger.CannotAskAgain(_line.Name, SqsFailure.Of(exception).Reason, _line.Visibility);
        }
    }

    private void Answered(Poll poll, List<SqsMessage> messages, TimeSpan called, TimeSpan answered)
    {
        TimeSpan took = answered - called, hadWaited = messages.Count == 0 || _line.Fifo ? TimeSpan.Zero : HadWaited(messages[0]);
        // It was there before it was asked for.
        if (hadWaited > took)
            _answers.Measured(took);
        bool quick = took <= Dispatcher.LooksAhead(RoundTrip);
        WaitTime.Learnt? learnt;
        lock (_lock)
        {
            learnt = _waits.Answered(poll.Wait, took, answered);
            _pace.Answered(poll.Reservation.Max, messages.Count, quick, hadWaited > WaitOfBacklog);
            if (messages.Count > 0)
                _broughtAt = answered;
            else if (_pace.Idle)
                RestUntil(answered + _line.Delay, called + BetweenHasty);
        }
        if (learnt is not null)
            Say(learnt);
        if (messages.Count == 0)
            _line.Counts.Add(Count.EmptyReceives);
    }

    // Called under the lock.
    private void RestUntil(TimeSpan rested, TimeSpan hasty)
    {
        _restsUntil = rested;
        if (hasty > _surroundings.Now && hasty > _pausedUntil)
            _pausedUntil = hasty;
    }

    // How long a receive takes that finds messages: much larger than other calls' where they are large.
    private TimeSpan RoundTrip => Later(_sqs.RoundTrip, _answers.Typical);

    // How long the message was in the queue, by the clock of SQS alone. One that comes again tells nothing: it may have been invisible.
    private static TimeSpan HadWaited(SqsMessage message) => Delivery.ReceiveCountOf(message) > 1 ? TimeSpan.Zero
        : TimeSpan.FromMilliseconds(Milliseconds(message, "ApproximateFirstReceiveTimestamp") - Milliseconds(message, "SentTimestamp"));

    private static long Milliseconds(SqsMessage message, string attribute) =>
        message.Attributes?.TryGetValue(attribute, out string? text) == true && long.TryParse(text, out long at) && at is > 0 and < 1L << 50 ? at : 0;

    // It was not called, or has failed.
    private void Over(Poll poll)
    {
        _dispatcher.GiveUp(_line, poll.Reservation);
        poll.Over = true;
        _wakeup.Set();
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private void Moved(int underWay)
    {
        TimeSpan now = _surroundings.Now;
        lock (_lock)
            (_underWay, _movedAt) = (_underWay + underWay, now);
    }

    // On a FIFO queue what came behind one is left as well: its group must not run on past it.
    private void LeaveNameless(List<SqsMessage> messages)
    {
        int first = messages.FindIndex(IsNameless);
        if (first < 0)
            return;
        _line.Logger.Nameless(messages.Count(IsNameless), _line.Name);
        if (_line.Fifo)
            messages.RemoveRange(first, messages.Count - first);
        else
            messages.RemoveAll(IsNameless);
    }

    private static bool IsNameless(SqsMessage message) => message.MessageId is null || message.ReceiptHandle is null;

    private void Failed(Poll poll, SqsFailure failure, TimeSpan called, string? attemptId)
    {
        TimeSpan now = _surroundings.Now;
        bool cut;
        lock (_lock)
        {
            cut = _waits.IsCut(poll.Wait, now - called, failure, now);
            // An answer that got lost can be asked for again, under the same id; a throttled call was none.
            if (failure.Kind == SqsFailureKind.NoAnswer && attemptId is not null)
                _attemptIds.Enqueue(attemptId);
        }
        if (_abandon.IsCancellationRequested)
            return;
        _line.Counts.Add(Count.RepeatedRequests);
        if (cut)
            return;
        TimeSpan pause = _trouble.Met(failure, called, poll.Wait);
        lock (_lock)
            _pausedUntil = _surroundings.Now + pause;
    }

    private void Say(WaitTime.Learnt learnt)
    {
        if (learnt.Cut is { } cut)
            _line.Logger.WaitIsCut(_line.Name, cut, learnt.Reason, learnt.Wait, (int)learnt.Wait.TotalSeconds);
        else
            _line.Logger.WaitIsWhole(_line.Name, learnt.Wait);
    }

    // FIFO only: SQS gives the same messages again to a repeated attempt.
    private string? AttemptId()
    {
        if (!_line.Fifo)
            return null;
        lock (_lock)
            return _attemptIds.TryDequeue(out string? id) ? id : _surroundings.NewId().ToString("N");
    }
}
