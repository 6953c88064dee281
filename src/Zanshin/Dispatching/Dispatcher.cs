using Microsoft.Extensions.Logging;
using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Pipeline;
using Zanshin.Timing;
using SqsMessage = Amazon.SQS.Model.Message;

namespace Zanshin.Dispatching;

/// <summary>
/// Gives the slots of a group to the messages of its queues.
/// <list type="number">
/// <item>What arrives is leased at once and stands in line: by arrival, or on a FIFO queue behind its group.</item>
/// <item>A free slot goes to the queues in turn, to the first message in line, or to a batch of them.</item>
/// <item>A receive asks here for room before it is opened; the <see cref="Ledger"/> holds the count.</item>
/// <item>No message runs twice at once: one that comes again while it is here is adopted, or waits for that run's end.</item>
/// </list>
/// One lock guards all of it, the lines and the deliveries' states; nothing is awaited under it. The parts: arrivals, starts and ends
/// here; who stands where in <c>Lines</c>; what receives may ask for in <c>Room</c>; and the <c>Stop</c>.
/// </summary>
internal sealed partial class Dispatcher
{
    private readonly Lock _lock = new();
    private readonly Surroundings _surroundings;
    private readonly MessageLife _life;
    private readonly Ledger _ledger;
    private readonly List<QueueLine> _lines = [];
    private int _turn;
    private bool _startsNone;
    private TaskCompletionSource? _noRuns;

    public Dispatcher(int concurrency, Surroundings surroundings, ILogger logger)
    {
        _surroundings = surroundings;
        _ledger = new Ledger(concurrency, logger);
        _life = new MessageLife(this, surroundings);
    }

    public int Concurrency => _ledger.Concurrency;

    public void Add(QueueLine line)
    {
        lock (_lock)
        {
            _lines.Add(line);
            _ledger.Add(line);
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
            line.Asked -= reserved;
            foreach (SqsMessage message in messages)
                Accept(line, message, received, deadline);
            StartRunnable();
            CallForMessages();
        }
    }

    public (int Slots, int Lost, int Running, int Waiting, int Settling, bool Broken) Snapshot()
    {
        lock (_lock)
            return (_ledger.Runs, _lines.Sum(static l => l.Stuck), _ledger.Running, _ledger.Waiting, _ledger.Settling, _ledger.Broken);
    }

    public (int Slots, int Lost, int Allowed, int Running, int Waiting, int Settling) Snapshot(QueueLine line)
    {
        lock (_lock)
            return (line.Runs, line.Stuck, line.Pace.Slots, line.Running, line.Waiting, line.Settling);
    }

    /// <summary>Messages settled per second on this queue, as measured.</summary>
    public double EndsPerSecond(QueueLine line)
    {
        lock (_lock)
            return line.Ends.PerSecond(_surroundings.Now);
    }

    // --- The end of a run, told by its life ---

    /// <summary>
    /// The run is over, its messages have their verdicts: the slot is free for the next. A FIFO group goes on at once only where
    /// all is over that came before; a short retry of it rests here, and the group waits with it, leased.
    /// </summary>
    public void EndRun(Run run)
    {
        QueueLine line = run.Line;
        bool held, holds;
        lock (_lock)
        {
            foreach (Part part in run.Parts)
                EndPart(line, part);
            _ledger.EndRun();
            line.Runs--;
            if (run.Stuck)
                line.Stuck--;
            held = line.Pace.Held;
            if (run.Well == true)
                line.Pace.Succeeded();
            else if (run.Well == false)
                line.Pace.Failed(_surroundings.Now, _surroundings.Dice());
            holds = line.Pace.Held;
            StartRunnable();
            CallForMessages();
            if (_ledger.Runs == 0)
                _noRuns?.TrySetResult();
            run.Urgent = line is { Running: 0, Ready: 0 };
        }
        if (run.Stuck)
            line.Logger.NotStuckAnyMore(run.Deliveries[0].Id, line.Name, _surroundings.Now - run.Began);
        if (holds && !held)
            line.Logger.HandlersFail(line.Name);
        else if (held && !holds)
            line.Logger.HandlersWork(line.Name);
    }

    /// <summary>A moment that the message waits for has come: that of its local retry, of its batch, of its queue's next try, or to look at its run.</summary>
    public void Wake(Delivery delivery)
    {
        Run? stuck = null;
        int lost = 0;
        TimeSpan now = _surroundings.Now;
        lock (_lock)
        {
            if (delivery is { State: DeliveryState.Running, Run: { } run } && run.Deliveries[0] == delivery)
            {
                delivery.Line.Leases.WakeAt(delivery.Lease, run.NextLook(now));
                if (run.LooksStuck(now))
                {
                    stuck = run;
                    delivery.Line.Stuck += run.Stuck ? 0 : 1;
                    run.Stuck = true;
                    lost = _lines.Sum(static l => l.Stuck);
                }
            }
            else if (delivery.State == DeliveryState.Waiting && !_startsNone)
            {
                if (!delivery.InLine && delivery.Lane?.Current == delivery && delivery.RestsUntil <= now)
                    MakeRunnable(delivery);
                StartRunnable();
                CallForMessages();
            }
        }
        // A logger is the application's: not under the lock.
        stuck?.Line.Logger.Stuck(stuck.Deliveries[0].Id, stuck.Line.Name, stuck.Where, now - stuck.Began, stuck.CancelReason, lost, _ledger.Concurrency);
    }

    /// <summary>The messages that stand behind this one, taken out of their lane to be given back before it.</summary>
    public List<Delivery> TakeFollowers(Delivery head)
    {
        lock (_lock)
            return head.Lane is { } lane ? TakeBehind(lane) : [];
    }

    /// <summary>What a run held of a lane has been given back, or is lost: what came of the group since then is next.</summary>
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
                Leave(delivery);
                End(delivery);
                // The group must not run on past it: it will be received again, before those that stood behind it.
                if (lane is not null)
                {
                    goBack = TakeBehind(lane);
                    if (lane.Current == delivery)
                    {
                        lane.Current = null;
                        Promote(line, lane);
                    }
                }
            }
            else if (delivery.State == DeliveryState.Running)
            {
                delivery.LeaseGone = true;
                delivery.Run!.Cancel(CancelReason.LeaseLost);
                if (delivery.Lane is { } lane)
                    goBack = TakeBehind(lane);
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

    // --- Below: called under the lock ---

    private void Accept(QueueLine line, SqsMessage message, TimeSpan received, TimeSpan deadline)
    {
        line.Counts.Add(Count.Received);
        line.Here.TryGetValue(message.MessageId, out Delivery? here);
        // The same message again: its lease was thought lost at SQS. The newer receipt is good for the run that goes on.
        if (here is { Run: null or { CancelReason: CancelReason.None or CancelReason.TimeLimit, Orphaned: false }, Successor: null }
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

    private void StartRunnable()
    {
        while (!_startsNone && _ledger.Free > 0 && NextInTurn() is { } run)
        {
            QueueLine line = run.Line;
            foreach (Delivery delivery in run.Deliveries)
            {
                LeaveLine(delivery);
                delivery.State = DeliveryState.Running;
                delivery.Run = run;
            }
            _ledger.BeginRun(run.Deliveries.Length);
            line.Waiting -= run.Deliveries.Length;
            line.Running += run.Deliveries.Length;
            line.Runs++;
            line.Starts.Mark(run.Began);
            line.Leases.WakeAt(run.Deliveries[0].Lease, run.NextLook(run.Began));
            Task life = _surroundings.Begin(run, _life.LiveAsync);
            foreach (Delivery delivery in run.Deliveries)
                delivery.Life = life;
        }
    }

    // Queues take turns.
    private Run? NextInTurn()
    {
        TimeSpan now = _surroundings.Now;
        for (int i = 0; i < _lines.Count; i++)
        {
            QueueLine line = _lines[(_turn + i) % _lines.Count];
            if (line.Ready == 0 || line.Runs >= line.Pace.Slots || !_ledger.HasRoomToSettle(line) || TakeRun(line, now) is not { } deliveries)
                continue;
            _turn = (_turn + i + 1) % _lines.Count;
            return new Run(line, deliveries, now);
        }
        return null;
    }

    private void EndPart(QueueLine line, Part part)
    {
        TimeSpan now = _surroundings.Now;
        part.GroupGoesOn = Array.TrueForAll(part.Deliveries, static d => d.Verdict.Kind is VerdictKind.Delete or VerdictKind.Nothing);
        if (!part.GroupGoesOn && MayRest(part))
            Rest(line, part, now);
        foreach (Delivery delivery in part.Ending)
        {
            _ledger.Settle();
            delivery.State = DeliveryState.Settling;
            line.Running--;
            line.Settling++;
            line.Ends.Mark(now);
        }
        if (part.GroupGoesOn && part.Lane is { } lane)
        {
            lane.Current = null;
            part.LastOfLane = !Promote(line, lane);
        }
    }

    // The leases themselves are asked: one that is lost here and now has told nobody yet.
    private bool MayRest(Part part) => !_startsNone && MessageLife.RestsHere(part)
        && Array.TrueForAll(part.Deliveries, static d => d.Verdict.Kind != VerdictKind.Retry || d.Line.Leases.Holds(d.Lease, out _, out _));

    // The first of the group that is to be retried is its head again; those after it that are not done stand behind it as before.
    private void Rest(QueueLine line, Part part, TimeSpan now)
    {
        List<Delivery> rest = [.. part.Deliveries.Where(static d => d.Verdict.Kind == VerdictKind.Retry)];
        part.Ending = [.. part.Deliveries.Where(static d => d.Verdict.Kind != VerdictKind.Retry)];
        foreach (Delivery delivery in rest)
        {
            _ledger.Rest();
            delivery.State = DeliveryState.Waiting;
            delivery.LocalRuns++;
            delivery.Run = null;
            line.Running--;
            line.Waiting++;
            line.Counts.Add(Count.Retried);
        }
        Delivery head = rest[0];
        head.RestsUntil = now + head.Verdict.Delay;
        part.Lane!.Current = head;
        part.Lane.PutInFront(rest.Skip(1));
        line.Leases.WakeAt(head.Lease, head.RestsUntil);
    }
}
