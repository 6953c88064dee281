using System.Globalization;
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
/// <item>A free slot goes to the queue that has the turn by the group's polling strategy, to the first message in line, or to a batch of them.</item>
/// <item>A receive asks here for room before it is opened; the <see cref="Ledger"/> holds the count.</item>
/// <item>No message runs twice at once: one that comes again while it is here is adopted, or waits for that run's end.</item>
/// </list>
/// One lock guards all of it, of all groups, the lines and the deliveries' states; nothing is awaited under it. The parts: arrivals and ends
/// here; the slots in <c>Runs</c>; who stands where in <c>Lines</c>; what receives may ask for in <c>Room</c>; what both ask of all queues in <c>Sums</c>; and the <c>Stop</c>.
/// </summary>
internal sealed partial class Dispatcher
{
    private readonly Lock _lock;
    private readonly Ceiling _ceiling;
    private readonly Surroundings _surroundings;
    private readonly MessageLife _life;
    private readonly Ledger _ledger;
    private readonly Turns _starts;
    private readonly Turns _receives;
    private readonly Turns _tries; // for receives of which nothing is expected
    private readonly OutsideCalls _outside;
    private readonly List<QueueLine> _lines = [];
    private bool _startsNone;
    private TaskCompletionSource? _noRuns;

    public Dispatcher(string group, int concurrency, Polling polling, TokenBucket rate, Ceiling ceiling, Surroundings surroundings, ILogger logger)
    {
        (Group, Rate, _ceiling, _lock, _surroundings) = (group, rate, ceiling, ceiling.Lock, surroundings);
        _outside = new OutsideCalls(surroundings);
        _ledger = new Ledger(concurrency, ceiling, _outside, logger);
        _life = new MessageLife(this, surroundings);
        _starts = polling.CreateTurns(this, surroundings, logger);
        _receives = polling.CreateTurns(this, surroundings, logger);
        _tries = polling.CreateOwnTurns();
        ceiling.Add(this);
    }

    /// <summary>The group's name.</summary>
    public string Group { get; }

    /// <summary>The one lock of all groups.</summary>
    public Lock Guard => _lock;

    /// <summary>How often its runs may begin. Guarded by the lock.</summary>
    public TokenBucket Rate { get; }

    /// <summary>How long its slots have been taken. Told of runs while somebody listens to it; guards itself.</summary>
    public BusyTime Busy { get; } = new();

    public int Concurrency
    {
        get
        {
            lock (_lock)
                return _ledger.Concurrency;
        }
    }

    public void Add(QueueLine line)
    {
        lock (_lock)
        {
            line.Index = _lines.Count;
            _lines.Add(line);
            _ledger.Add(line);
            foreach (LimiterThrottle limiter in line.Throttles.OfType<LimiterThrottle>())
                limiter.Tell(this);
        }
    }

    /// <summary>Steps 1 and 2 of a message's life: it has arrived, and from here its lease is held.</summary>
    /// <param name="handOut">What is known of when SQS handed them out.</param>
    /// <param name="receive">What the receive had reserved and gives back now.</param>
    public void Accept(QueueLine line, List<SqsMessage> messages, HandOut handOut, Reservation receive)
    {
        TimeSpan received = line.Leases.Schedule.ReceivedAt(handOut), deadline = received + line.Leases.Schedule.Visibility;
        if (messages.Count > 0 && deadline <= _surroundings.Now)
            messages = LeaveLate(line, messages, received);
        // An envelope is the application's: not under the lock.
        Routed[]? routed = line.Gates.Count == 0 ? null : [.. messages.Select(line.Router.Route)];
        lock (_lock)
        {
            line.Yield.Answered(receive, messages.Count);
            Close(line, receive);
            line.AnsweredAt = handOut.Answered;
            int suspects = 0;
            for (int i = 0; i < messages.Count; i++)
                suspects += Accept(line, messages[i], routed?[i], received, deadline) ? 1 : 0;
            line.Suspects.Received(messages.Count, suspects);
            StartRunnable();
            CallForMessages();
        }
    }

    // The answer came when its leases were over: the messages are visible again, or another's.
    private List<SqsMessage> LeaveLate(QueueLine line, List<SqsMessage> messages, TimeSpan received)
    {
        line.Counts.Add(Count.Received, messages.Count);
        line.Counts.Add(Count.LeasesLost, messages.Count);
        line.Logger.AnswerTooLate(messages.Count, line.Name, _surroundings.Now - received);
        return [];
    }

    public (int Slots, int Lost, int Running, int Waiting, int Settling, bool Broken) Snapshot()
    {
        lock (_lock)
            return (_ledger.Runs, _lines.Sum(static l => l.Stuck), _ledger.Running, _ledger.Waiting, _ledger.Settling, _ledger.Broken || !SumsHold());
    }

    public (int Slots, int Lost, int Allowed, bool Failing, int Running, int Waiting, int Settling, TimeSpan LastStart) Snapshot(QueueLine line)
    {
        lock (_lock)
            return (line.Runs, line.Stuck, line.Slots, line.Pace.Held && !IsQuiet(line, _surroundings.Now), line.Running, line.Waiting, line.Settling, line.LastStart);
    }

    /// <summary>The same, up to now.</summary>
    public TimeSpan BusyUntilNow => Busy.Until(_surroundings.Now);

    public IReadOnlyList<string> Queues()
    {
        lock (_lock)
            return [.. _lines.Select(static l => l.Name)];
    }

    /// <summary>Messages settled per second on this queue, as measured.</summary>
    public double EndsPerSecond(QueueLine line)
    {
        lock (_lock)
            return line.Ends.PerSecond(_surroundings.Now);
    }

    // --- The end of a message, told by its life ---

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
            Touch(delivery.Line);
            End(delivery);
            if (delivery.Line is { Fifo: true } line && line.Delay > TimeSpan.Zero)
                line.MoreMayBeThere();
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
            Touch(line);
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
        delivery.Line.ComeAgain.Add(delivery.Id, _surroundings.Now);
        if (Judge.IsLastReceive(delivery))
            then += string.Create(CultureInfo.InvariantCulture, $"; it was its last receive ({delivery.ReceiveCount} of {delivery.Line.MaxReceives}), so unless it is done here SQS moves it to the dead-letter queue");
        // A logger is the application's: not under the lock.
        delivery.Line.Logger.LeaseLost(delivery.Id, delivery.Line.Name, loss, then);
    }

    // --- Below: called under the lock ---

    // Whether it is a suspect.
    private bool Accept(QueueLine line, SqsMessage message, Routed? routed, TimeSpan received, TimeSpan deadline)
    {
        line.Counts.Add(Count.Received);
        if (Delivery.ReceiveCountOf(message) > 1)
            line.Counts.Add(Count.Redelivered);
        line.Here.TryGetValue(message.MessageId, out Delivery? here);
        // The same message again: its lease was thought lost at SQS. The newer receipt is good for the run that goes on.
        // Not for one that goes back: on a FIFO queue what came behind it would run on past it.
        if (here is { Run: null or { CancelReason: CancelReason.None or CancelReason.TimeLimit, Orphaned: false }, GoesBack: false, Successor: null }
            && line.Leases.Adopt(here.Lease, message.ReceiptHandle, received, deadline))
        {
            line.Counts.Add(Count.Adopted);
            here.ReceiveCount = Delivery.ReceiveCountOf(message);
            return false;
        }
        if (here?.Successor is { } successor && line.Leases.Adopt(successor.Lease, message.ReceiptHandle, received, deadline))
        {
            successor.ReceiveCount = Delivery.ReceiveCountOf(message);
            return false;
        }
        var delivery = new Delivery(line, message, routed);
        // Why one comes again that is still here, or was done here, is known.
        delivery.IsSuspect = here is null && !delivery.IsEarly && delivery.ReceiveCount > 1
            && line.Suspects.IsOne(delivery, line.ComeAgain.Contains(delivery.Id, _surroundings.Now) || line.Unconfirmed.Contains(delivery.Id, _surroundings.Now), _surroundings.Time.GetUtcNow());
        delivery.Lease = line.Leases.Hold(delivery, message.ReceiptHandle, received, deadline);
        _ledger.Arrive();
        line.Waiting++;
        if (here is null)
            Enter(delivery);
        else if (here.Lane is null)
            here.Successor = delivery;
        else
            Enter(delivery, after: here);
        return delivery.IsSuspect;
    }
}
