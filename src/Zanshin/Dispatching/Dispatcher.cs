using Microsoft.Extensions.Logging;
using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Timing;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Dispatching;

/// <summary>
/// Gives the slots of a group to the messages of its queues.
/// <list type="number">
/// <item>What arrives is leased at once and stands in line: by arrival, or on a FIFO queue behind its group.</item>
/// <item>A free slot goes to the queues in turn, to the first message in line.</item>
/// <item>A receive asks here for room before it is opened; the <see cref="Ledger"/> holds the count.</item>
/// <item>No message runs twice at once: one that comes again while it is here is adopted, or waits for that run's end.</item>
/// </list>
/// One lock guards all of it, the lines and the deliveries' states; nothing is awaited under it.
/// </summary>
internal sealed class Dispatcher
{
    private static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly Surroundings _surroundings;
    private readonly MessageLife _life;
    private readonly Ledger _ledger;
    private readonly List<QueueLine> _lines = [];
    private int _turn;
    private int _called;
    private bool _startsNone;
    private TaskCompletionSource? _noRuns;

    public Dispatcher(int concurrency, Surroundings surroundings, ILogger logger)
    {
        _surroundings = surroundings;
        _ledger = new Ledger(concurrency, logger);
        _life = new MessageLife(this, surroundings);
    }

    public void Add(QueueLine line)
    {
        lock (_lock)
        {
            _lines.Add(line);
            _ledger.Queues = _lines.Count;
        }
    }

    /// <summary>Steps 1 and 2 of a message's life: it has arrived, and from here its lease is held.</summary>
    /// <param name="called">When the receive was called.</param>
    /// <param name="answered">When its answer came.</param>
    /// <param name="reserved">The room that the receive had reserved and gives back now.</param>
    public void Accept(QueueLine line, List<SqsMessage> messages, TimeSpan called, TimeSpan answered, TimeSpan roundTrip, int reserved)
    {
        TimeSpan deadline = line.Leases.Schedule.DeadlineOfReceive(called, answered, roundTrip);
        TimeSpan received = deadline - line.Leases.Schedule.Visibility;
        lock (_lock)
        {
            _ledger.Answer(reserved);
            foreach (SqsMessage message in messages)
                Accept(line, message, received, deadline);
            StartRunnable();
            CallForMessages();
        }
    }

    /// <summary>Room for a receive: how many messages it may ask for, 0 for none now (then <see cref="QueueLine.RoomAgain"/> will tell).</summary>
    /// <param name="idle">The one receive of an idle queue reserves nothing and stands back while anything waits for a slot.</param>
    public int Reserve(QueueLine line, bool idle, TimeSpan roundTrip)
    {
        lock (_lock)
        {
            int room = idle ? RoomForIdle() : RoomForMore(line, roundTrip);
            line.Wants = room > 0 ? RoomWanted.None : idle ? RoomWanted.Idle : RoomWanted.More;
            line.RoundTrip = roundTrip;
            if (!idle)
                _ledger.Ask(room);
            return room;
        }
    }

    /// <summary>Gives back what a receive had reserved: it failed, or has waited so long that its queue counts as idle.</summary>
    public void Unreserve(int messages)
    {
        lock (_lock)
        {
            _ledger.Answer(messages);
            CallForMessages();
        }
    }

    public (int Running, int Waiting, int Settling, int Asked, bool Broken) Snapshot()
    {
        lock (_lock)
            return (_ledger.Running, _ledger.Waiting, _ledger.Settling, _ledger.Asked, _ledger.Broken);
    }

    public (int Running, int Waiting, int Settling) Snapshot(QueueLine line)
    {
        lock (_lock)
            return (line.Running, line.Waiting, line.Settling);
    }

    /// <summary>Messages settled per second on this queue, as measured.</summary>
    public double EndsPerSecond(QueueLine line)
    {
        lock (_lock)
            return line.Ends.PerSecond(_surroundings.Now);
    }

    // --- The end of a run, told by the message's life ---

    /// <summary>The run is over and its outcome goes to SQS: the slot is free for the next.</summary>
    /// <param name="next">Whether the next message of its group may start.</param>
    /// <returns>Whether its settlement should go out at once: nothing else is coming, or its group is locked until then.</returns>
    public bool FreeSlot(Delivery delivery, bool next)
    {
        lock (_lock)
        {
            QueueLine line = delivery.Line;
            _ledger.Settle();
            delivery.State = DeliveryState.Settling;
            line.Running--;
            line.Settling++;
            line.Ends.Mark(_surroundings.Now);
            bool lastOfLane = false;
            if (next && delivery.Lane is { } lane)
            {
                lane.Current = null;
                lastOfLane = !Promote(line, lane);
            }
            StartRunnable();
            CallForMessages();
            RunsMayBeOver();
            return lastOfLane || (line.Running == 0 && line.Runnable.Count == 0);
        }
    }

    /// <summary>The head of a FIFO group is to run again here, at <paramref name="at"/>; the group waits with it, leased. False when it must go back instead.</summary>
    public bool Rest(Delivery delivery, TimeSpan at)
    {
        lock (_lock)
        {
            // The lease itself is asked: a run that its time limit cancelled first keeps that reason when the lease is lost as well.
            if (_startsNone || delivery.CancelReason == CancelReason.Stopping || !delivery.Line.Leases.Holds(delivery.Lease, out _, out _))
                return false;
            _ledger.Rest();
            delivery.State = DeliveryState.Waiting;
            delivery.LocalRuns++;
            delivery.ForgetTimeLimit();
            delivery.Line.Running--;
            delivery.Line.Waiting++;
            delivery.Line.Leases.WakeAt(delivery.Lease, at);
            StartRunnable();
            CallForMessages();
            RunsMayBeOver();
            return true;
        }
    }

    /// <summary>The moment of a local retry has come.</summary>
    public void Resume(Delivery delivery)
    {
        lock (_lock)
        {
            if (delivery.State != DeliveryState.Waiting || _startsNone)
                return;
            MakeRunnable(delivery);
            StartRunnable();
        }
    }

    /// <summary>The messages that stand behind this one, taken out of their lane to be given back before it.</summary>
    public List<Delivery> TakeFollowers(Delivery head)
    {
        lock (_lock)
            return head.Lane is { } lane ? TakeBehind(head.Line, lane) : [];
    }

    /// <summary>A lane's head has been given back, or is lost: what came of its group since then is next.</summary>
    public void LeaveLane(Delivery head)
    {
        lock (_lock)
        {
            if (head.Lane is not { } lane || lane.Current != head)
                return;
            lane.Current = null;
            Promote(head.Line, lane);
            StartRunnable();
        }
    }

    /// <summary>Step 6: settled or given back; nothing of the message is here any more.</summary>
    public void Settled(Delivery delivery)
    {
        lock (_lock)
        {
            if (delivery.State == DeliveryState.Ended)
                return;
            if (delivery.State == DeliveryState.GoingBack)
            {
                _ledger.Back();
            }
            else
            {
                _ledger.Settled();
                delivery.Line.Settling--;
            }
            End(delivery);
            StartRunnable();
            CallForMessages();
        }
    }

    // --- A lost lease ---

    public void LeaseLost(Delivery delivery, LeaseLoss loss)
    {
        List<Delivery> goBack = [];
        string then;
        lock (_lock)
        {
            QueueLine line = delivery.Line;
            then = delivery.State switch
            {
                DeliveryState.Running => "its handler is cancelled",
                DeliveryState.Waiting => "it is not run",
                _ => "its settlement may come too late",
            };
            if (delivery.State == DeliveryState.Waiting)
            {
                Lane? lane = delivery.Lane;
                LeaveLine(delivery);
                End(delivery);
                // The group must not run on past it: it will be received again, before those that stood behind it.
                if (lane is not null)
                {
                    goBack = TakeBehind(line, lane);
                    if (lane.Current == delivery)
                    {
                        lane.Current = null;
                        Promote(line, lane);
                    }
                }
            }
            else if (delivery.State == DeliveryState.Running)
            {
                delivery.Cancel(CancelReason.LeaseLost);
                if (delivery.Lane is { } lane)
                    goBack = TakeBehind(line, lane);
            }
            foreach (Delivery follower in goBack)
                follower.Life = _surroundings.Begin(follower, _life.GiveBackAsync);
            StartRunnable();
            CallForMessages();
        }
        if (delivery.State == DeliveryState.Ended)
            delivery.Line.Leases.Release(delivery.Lease);
        // A logger is the application's: not under the lock.
        delivery.Line.Logger.LeaseLost(delivery.Id, delivery.Line.Name, loss, then);
    }

    // --- Stop ---

    /// <summary>From here nothing starts; what runs goes on.</summary>
    public (int Running, int Waiting) StartNoMore()
    {
        lock (_lock)
        {
            _startsNone = true;
            return (_ledger.Running, _ledger.Waiting);
        }
    }

    /// <summary>Completed when no handler runs.</summary>
    public Task NoRuns()
    {
        lock (_lock)
        {
            if (_ledger.Running == 0)
                return Task.CompletedTask;
            _noRuns ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _noRuns.Task;
        }
    }

    /// <summary>Cancels every run for the stop; gives their number.</summary>
    public int CancelRuns()
    {
        List<Delivery> running;
        lock (_lock)
            running = Runs();
        foreach (Delivery delivery in running)
            delivery.Cancel(CancelReason.Stopping);
        return running.Count;
    }

    /// <summary>Everything that waits at a queue whose last receive has returned goes back. SQS keeps a group locked until all of it is there.</summary>
    public Task GiveBackWaiting(QueueLine line)
    {
        List<Task> lives = [];
        lock (_lock)
        {
            foreach (Delivery delivery in All(line).Where(static d => d.State == DeliveryState.Waiting).ToList())
            {
                SetAside(delivery);
                delivery.Life = _surroundings.Begin(delivery, _life.GiveBackAsync);
                lives.Add(delivery.Life);
            }
        }
        return Task.WhenAll(lives);
    }

    /// <summary>Handlers that ignore their token: their messages go back, what they still return settles nothing.</summary>
    public List<Delivery> Orphan()
    {
        lock (_lock)
        {
            List<Delivery> orphans = Runs();
            foreach (Delivery orphan in orphans)
                orphan.Orphaned = true;
            return orphans;
        }
    }

    /// <summary>The lives of all messages that are here and not orphaned.</summary>
    public Task Lives()
    {
        lock (_lock)
            return Task.WhenAll(_lines.SelectMany(All).Where(static d => !d.Orphaned).Select(static d => d.Life).ToArray());
    }

    // --- All below is called under the lock ---

    private List<Delivery> Runs() => [.. _lines.SelectMany(All).Where(static d => d.State == DeliveryState.Running)];

    // The table names one delivery of each message; others of the same message that have not ended hang on it.
    private static IEnumerable<Delivery> All(QueueLine line)
    {
        foreach (Delivery here in line.Here.Values)
        {
            for (Delivery? delivery = here; delivery is not null; delivery = delivery.After)
                yield return delivery;
            if (here.Successor is { } successor)
                yield return successor;
        }
    }

    private void Accept(QueueLine line, SqsMessage message, TimeSpan received, TimeSpan deadline)
    {
        line.Counts.Add(Count.Received);
        line.Here.TryGetValue(message.MessageId, out Delivery? here);
        // The same message again: its lease was thought lost at SQS. The newer receipt is good for the run that goes on.
        if (here is { CancelReason: CancelReason.None or CancelReason.TimeLimit, Orphaned: false, Successor: null }
            && line.Leases.Adopt(here.Lease, message.ReceiptHandle, received, deadline))
        {
            line.Counts.Add(Count.Adopted);
            return;
        }
        if (here?.Successor is { } successor && line.Leases.Adopt(successor.Lease, message.ReceiptHandle, received, deadline))
            return;
        var delivery = new Delivery(line, message);
        if (delivery.ReceiveCount > 1)
            line.Counts.Add(Count.Redelivered);
        delivery.Lease = line.Leases.Hold(delivery, message.ReceiptHandle, received, deadline);
        _ledger.Arrive();
        line.Waiting++;
        if (here is null)
            Enter(delivery);
        else if (here.Lane is null)
            here.Successor = delivery;
        else
            Enter(delivery, after: here);
    }

    // In a lane the turn keeps the order; the earlier delivery of the same message has ended its run by then, not its settlement.
    private void Enter(Delivery delivery, Delivery? after = null)
    {
        QueueLine line = delivery.Line;
        delivery.After = after;
        line.Here[delivery.Id] = delivery;
        if (line.Fifo && delivery.Group is { } group)
        {
            if (!line.Lanes.TryGetValue(group, out Lane? lane))
                line.Lanes[group] = lane = new Lane(group);
            delivery.Lane = lane;
            lane.Behind.Enqueue(delivery);
            Promote(line, lane);
        }
        else
        {
            MakeRunnable(delivery);
        }
    }

    // The next of the group, unless one has its turn. False when the lane is empty, and then it is gone.
    private bool Promote(QueueLine line, Lane lane)
    {
        if (lane.Current is not null)
            return true;
        while (lane.Behind.TryDequeue(out Delivery? next))
        {
            // Being given back.
            if (next.State != DeliveryState.Waiting)
                continue;
            lane.Current = next;
            MakeRunnable(next);
            return true;
        }
        line.Lanes.Remove(lane.Group);
        return false;
    }

    private void MakeRunnable(Delivery delivery)
    {
        delivery.InLine = true;
        _ledger.BecomeRunnable();
        delivery.Line.Runnable.Enqueue(delivery);
    }

    private void StartRunnable()
    {
        while (!_startsNone && _ledger.MayStart && NextInTurn() is { } delivery)
        {
            delivery.InLine = false;
            delivery.State = DeliveryState.Running;
            _ledger.Start();
            delivery.Line.Waiting--;
            delivery.Line.Running++;
            delivery.Line.Starts.Mark(_surroundings.Now);
            delivery.Life = _surroundings.Begin(delivery, _life.LiveAsync);
        }
    }

    // Queues take turns; each gives its first in line.
    private Delivery? NextInTurn()
    {
        for (int i = 0; i < _lines.Count; i++)
        {
            QueueLine line = _lines[(_turn + i) % _lines.Count];
            while (line.Runnable.TryDequeue(out Delivery? delivery))
            {
                // Lost or given back while it stood in line.
                if (!delivery.InLine || delivery.State != DeliveryState.Waiting)
                    continue;
                _turn = (_turn + i + 1) % _lines.Count;
                return delivery;
            }
        }
        return null;
    }

    // A waiting message that will not run here: it leaves the line and is to be given back.
    private void SetAside(Delivery delivery)
    {
        LeaveLine(delivery);
        delivery.State = DeliveryState.GoingBack;
        _ledger.GoBack();
    }

    private void LeaveLine(Delivery delivery)
    {
        _ledger.Leave(delivery.InLine);
        delivery.InLine = false;
        delivery.Line.Waiting--;
        if (delivery.Line.Here.GetValueOrDefault(delivery.Id) is { } here && here.Successor == delivery)
            here.Successor = null;
    }

    private void End(Delivery delivery)
    {
        delivery.State = DeliveryState.Ended;
        QueueLine line = delivery.Line;
        if (line.Here.GetValueOrDefault(delivery.Id) == delivery)
        {
            Delivery? earlier = delivery.After;
            while (earlier is { State: DeliveryState.Ended })
                earlier = earlier.After;
            if (earlier is null)
                line.Here.Remove(delivery.Id);
            else
                line.Here[delivery.Id] = earlier;
        }
        if (delivery.Successor is { } successor)
        {
            delivery.Successor = null;
            Enter(successor);
        }
    }

    private List<Delivery> TakeBehind(QueueLine line, Lane lane)
    {
        List<Delivery> behind = [.. lane.Behind];
        lane.Behind.Clear();
        behind.RemoveAll(static d => d.State != DeliveryState.Waiting);
        behind.Reverse();
        foreach (Delivery delivery in behind)
            SetAside(delivery);
        return behind;
    }

    private int RoomForIdle() =>
        _startsNone || _ledger.Runnable > 0 || !_ledger.MayStart ? 0 : Math.Min(Math.Min(SqsLimits.Batch, _ledger.Concurrency), _ledger.Room);

    // Ahead of the slots only what will start while the receive is under way, and at most about a second's worth: receives
    // stay full and slots busy where handlers are quick, and nothing is hoarded where they are slow.
    private int RoomForMore(QueueLine asks, TimeSpan roundTrip)
    {
        if (_startsNone || !_ledger.MayStart || _ledger.Waiting - _ledger.Runnable >= _ledger.MostBlocked)
            return 0;
        double perSecond = 0;
        foreach (QueueLine line in _lines)
        {
            // A backlog stands back for the one receive of an idle queue, which needs a moment when nothing waits for a slot.
            if (line.Wants == RoomWanted.Idle && line != asks)
                return 0;
            perSecond += line.Starts.PerSecond(_surroundings.Now);
        }
        int ahead = _ledger.Runnable + _ledger.Asked;
        int idleSlots = _ledger.Free - ahead;
        if (idleSlots <= 0 && ahead > perSecond * (2 * roundTrip + Ahead).TotalSeconds)
            return 0;
        int allowance = (int)Math.Min(perSecond, _ledger.MostAhead);
        return Math.Clamp(idleSlots + allowance, 0, Math.Min(SqsLimits.Batch, _ledger.Room));
    }

    private void CallForMessages()
    {
        foreach (QueueLine line in _lines)
        {
            if (line.Wants == RoomWanted.Idle && RoomForIdle() > 0)
                Call(line);
        }
        // Whoever is called first takes the room: each in its turn.
        for (int i = 0, first = _called; i < _lines.Count; i++)
        {
            int place = (first + i) % _lines.Count;
            QueueLine line = _lines[place];
            if (line.Wants != RoomWanted.More || RoomForMore(line, line.RoundTrip) == 0)
                continue;
            if (first == _called)
                _called = (place + 1) % _lines.Count;
            Call(line);
        }
    }

    private static void Call(QueueLine line)
    {
        line.Wants = RoomWanted.None;
        line.RoomAgain();
    }

    private void RunsMayBeOver()
    {
        if (_ledger.Running == 0)
            _noRuns?.TrySetResult();
    }
}
