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
/// <item>Others ask the dispatcher for room first, and never ask SQS for more than that.</item>
/// <item>After a failure it pauses, longer each time, and goes on: nothing ends the loop but a stop.</item>
/// </list>
/// </summary>
internal sealed class Receiver : IDisposable
{
    /// <summary>
    /// So long a receive may hold room while it waits for messages. The first one waits on without it; those beside it
    /// return by then.
    /// </summary>
    private static readonly TimeSpan RoomHeld = TimeSpan.FromSeconds(1);

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

    private readonly Lock _lock = new(); // guards _pace, _pausedUntil, _restsUntil, _attemptIds, _underWay, _abandoned, _movedAt and each Poll's Reserved and Called
    private readonly PollPace _pace = new();
    private TimeSpan _pausedUntil;
    private TimeSpan _restsUntil;
    private readonly Queue<string> _attemptIds = new(); // of receives that lost their answers: at most one for each that was open
    private int _underWay; // receives
    private bool _abandoned;
    private TimeSpan _movedAt; // when one was last begun or ended, or the loop was called to begin

    private Task _loop = Task.CompletedTask;
    private volatile bool _quiet;
    private volatile bool _stopped;

    public Receiver(QueueLine line, SqsQueue sqs, Dispatcher dispatcher, Surroundings surroundings, TimeSpan wait, Trouble trouble)
    {
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
            while (NextPoll(now) is { } poll)
            {
                _open.Add(poll);
                poll.Task = ReceiveAsync(poll);
            }
            await _wakeup.WaitAsync(LetGoOfRoom(now));
        }
        await Task.WhenAll(_open.ConvertAll(static poll => poll.Task));
        _open.Clear();
        // What goes back next must find the server knowing that an abandoned receive is over.
        if (_abandon.IsCancellationRequested)
            await Task.Delay(2 * _sqs.RoundTrip < LongestNotice ? 2 * _sqs.RoundTrip : LongestNotice, _surroundings.Time);
    }

    // The next receive to open now, or null.
    private Poll? NextPoll(TimeSpan now)
    {
        if (_quiet || _stopped)
            return null;
        bool idle;
        lock (_lock)
        {
            if (_pausedUntil > now || _restsUntil > now || _open.Count >= _pace.Polls)
                return null;
            idle = _pace.Idle;
        }
        // A queue that has nothing, or is in trouble, is asked by one at a time.
        bool first = _open.Count == 0;
        if (!first && (idle || _trouble.Last is not null))
            return null;
        int room = _dispatcher.Reserve(_line, idle, _sqs.RoundTrip);
        return room == 0 ? null : new Poll(room, idle, first, Shorter(_wait, _trouble.Last is not null ? WaitInTrouble : first ? _wait : RoomHeld), _surroundings.Now);
    }

    // Takes the room from a receive that has waited long enough with it. Gives the moment to look again.
    private TimeSpan LetGoOfRoom(TimeSpan now)
    {
        TimeSpan next = TimeSpan.MaxValue;
        int letGo = 0;
        lock (_lock)
        {
            foreach (Poll poll in _open)
            {
                // One that was called and waits no longer than that returns by itself.
                if (poll.Reserved == 0 || (poll.Called && poll.Wait <= RoomHeld))
                    continue;
                TimeSpan at = poll.Opened + RoomHeld;
                if (at > now)
                {
                    next = at;
                    continue;
                }
                letGo += poll.Reserved;
                poll.Reserved = 0;
            }
            // While both stand, the later one counts.
            TimeSpan pausedUntil = Later(_pausedUntil, _restsUntil);
            if (pausedUntil > now && pausedUntil < next)
                next = pausedUntil;
        }
        if (letGo > 0)
            _dispatcher.Unreserve(_line, letGo);
        return next;
    }

    private async Task ReceiveAsync(Poll poll)
    {
        if (BeforeReceive is { } before)
        {
            await before(_abandon.Token);
            // A stop has come meanwhile: a receive that was not opened yet stays closed.
            if (_stopped || _quiet)
            {
                GiveUp(poll);
                return;
            }
        }
        bool roomless;
        lock (_lock)
            (roomless, poll.Called) = (poll is { First: false, Reserved: 0 }, true);
        // Its room went back while it waited: it is not asked for without. The loop opens another where there is room.
        if (roomless)
        {
            GiveUp(poll);
            return;
        }
        Moved(+1);
        string? attemptId = AttemptId();
        TimeSpan called = _surroundings.Now;
        try
        {
            (List<SqsMessage> messages, HandOut handOut) = await _sqs.ReceiveAsync(poll.Max, poll.Wait, _line.Visibility, attemptId, _abandon.Token);
            TimeSpan answered = handOut.Answered;
            LeaveNameless(messages);
            _trouble.Over();
            int reserved;
            lock (_lock)
            {
                (reserved, poll.Reserved) = (poll.Reserved, 0);
                _pace.Answered(poll.Max, messages.Count);
                if (messages.Count == 0)
                {
                    _restsUntil = answered + _line.Delay;
                    if (called + BetweenHasty > answered && called + BetweenHasty > _pausedUntil)
                        _pausedUntil = called + BetweenHasty;
                }
            }
            if (messages.Count == 0)
                _line.Counts.Add(Count.EmptyReceives);
            _dispatcher.Accept(_line, messages, handOut, reserved);
        }
        catch (Exception exception)
        {
            if (_abandon.IsCancellationRequested && attemptId is not null)
                await AskAgainAsync(poll, attemptId);
            Failed(poll, SqsFailure.Of(exception), called, attemptId);
        }
        Moved(-1);
        poll.Over = true;
        _wakeup.Set();
    }

    // What SQS had given to the abandoned receive it gives again to the same attempt, however long its visibility timeout: it goes back with all else that waits.
    private async Task AskAgainAsync(Poll poll, string attemptId)
    {
        try
        {
            (List<SqsMessage> messages, HandOut handOut) = await _sqs.ReceiveAgainAsync(poll.Max, _line.Visibility, attemptId, AskAgainLimit);
            LeaveNameless(messages);
            if (messages.Count == 0)
                return;
            _dispatcher.Accept(_line, messages, handOut, 0);
            _line.Logger.AbandonedTook(messages.Count, _line.Name);
        }
        catch (Exception exception)
        {
            _line.Logger.CannotAskAgain(_line.Name, SqsFailure.Of(exception).Reason, _line.Visibility);
        }
    }

    private void GiveUp(Poll poll)
    {
        int reserved;
        lock (_lock)
            (reserved, poll.Reserved) = (poll.Reserved, 0);
        if (reserved > 0)
            _dispatcher.Unreserve(_line, reserved);
        _dispatcher.Over(_line);
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
        int reserved;
        lock (_lock)
        {
            (reserved, poll.Reserved) = (poll.Reserved, 0);
            // An answer that got lost can be asked for again, under the same id; a throttled call was none.
            if (failure.Kind == SqsFailureKind.NoAnswer && attemptId is not null)
                _attemptIds.Enqueue(attemptId);
        }
        if (reserved > 0)
            _dispatcher.Unreserve(_line, reserved);
        _dispatcher.Over(_line);
        if (_abandon.IsCancellationRequested)
            return;
        TimeSpan pause = _trouble.Met(failure, called, poll.Wait);
        _line.Counts.Add(Count.RepeatedRequests);
        lock (_lock)
            _pausedUntil = _surroundings.Now + pause;
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
