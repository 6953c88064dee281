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

    // --- Below: called under the lock ---

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

    private void StartRunnable()
    {
        while (!_startsNone && _ledger.Free > 0 && NextInTurn() is { } delivery)
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
            while (_ledger.MayStart(line) && line.Runnable.TryDequeue(out Delivery? delivery))
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

    private void RunsMayBeOver()
    {
        if (_ledger.Running == 0)
            _noRuns?.TrySetResult();
    }
}
