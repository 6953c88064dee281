namespace Zanshin.Dispatching;

/// <content>What receives may ask for.</content>
internal sealed partial class Dispatcher
{
    /// <summary>How much longer than two round trips a receive looks ahead, and is waited for.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(20);

    /// <summary>What is received ahead starts within about a second, also where handlers then take longer than those before.</summary>
    private static readonly TimeSpan Hoard = TimeSpan.FromMilliseconds(700);

    /// <summary>A queue that a rate limit has refused counts as held back by it for so long.</summary>
    private static readonly TimeSpan Throttled = TimeSpan.FromSeconds(2);

    private const int FewestTries = 4;

    private int _fresh; // receives of which nothing is expected, that may bring ten all the same any moment
    private TimeSpan _roundTrip; // the longest of late: whoever asks from far away asks early, and the others with it

    /// <summary>Room for a receive; null for none now (then <see cref="QueueLine.RoomAgain"/> will tell).</summary>
    /// <param name="idle">The one receive of a queue that has nothing: nothing is expected of it.</param>
    public Reservation? Reserve(QueueLine line, bool idle, TimeSpan roundTrip)
    {
        lock (_lock)
        {
            TimeSpan now = _surroundings.Now;
            Refresh(now);
            _roundTrip = roundTrip > _roundTrip ? roundTrip : _roundTrip - (_roundTrip - roundTrip) / 64;
            line.RoundTrip = roundTrip;
            WantsNone(line);
            RoomWanted wants = idle || !(line.Yield.Any || _receives is StrategyTurns) ? RoomWanted.Try : RoomWanted.More;
            Turns turns = TurnsFor(wants);
            // Where others wait, it is their turn, unless it is its own.
            bool called = line.Called, waits = !called && turns.Count > 0;
            line.Called = false;
            int room = waits ? 0 : wants == RoomWanted.Try ? RoomForTry(line, idle, now, out _) : RoomForMore(line, now, 0, out _);
            if (room > 0)
            {
                turns.Took(line);
                var receive = new Reservation(0, 0, null, TimeSpan.MaxValue);
                Open(line, receive, room, idle, now);
                // What it was called for and leaves is the next one's.
                if (called)
                    CallForMessages();
                return receive;
            }
            line.Wants = wants;
            turns.Add(line);
            if (waits || called)
                CallForMessages();
            return null;
        }
    }

    /// <summary>
    /// The receive has waited longer than one that finds messages: its room is lent to others. What it brings later waits, leased.
    /// </summary>
    public void Lend(QueueLine line, Reservation receive)
    {
        lock (_lock)
        {
            if (receive.Lent)
                return;
            line.Yield.Waits(receive);
            _ledger.Lend(receive.Kept);
            line.Asked -= receive.Kept;
            _fresh -= receive.Kept == 0 ? 1 : 0;
            (receive.Kept, receive.Until) = (0, TimeSpan.MaxValue);
            Touch(line);
            CallForMessages();
        }
    }

    /// <summary>Room for a receive that was not called before its own was lent. False for none.</summary>
    public bool Renew(QueueLine line, Reservation receive, TimeSpan roundTrip)
    {
        lock (_lock)
        {
            TimeSpan now = _surroundings.Now;
            Refresh(now);
            int room = RoomForMore(line, now, 0, out _);
            if (room == 0)
                return false;
            Close(line, receive);
            line.RoundTrip = roundTrip;
            Open(line, receive, room, idle: false, now);
            return true;
        }
    }

    /// <summary>Gives back what a receive had reserved: it failed, or was not called.</summary>
    public void GiveUp(QueueLine line, Reservation receive)
    {
        lock (_lock)
        {
            Close(line, receive);
            StartRunnable();
            CallForMessages();
        }
    }

    /// <summary>The queue opens no receive now, whatever room there is. If it was called, the room is the next one's.</summary>
    public void AsksNothing(QueueLine line)
    {
        // Only who asks makes it want anything, and who was called hears of it after that: both are seen without the lock.
        if (line is { Wants: RoomWanted.None, Called: false })
            return;
        lock (_lock)
        {
            WantsNone(line);
            if (!line.Called)
                return;
            line.Called = false;
            CallForMessages();
        }
    }

    /// <summary>How long a receive that finds messages takes to bring them, at most.</summary>
    public static TimeSpan LooksAhead(TimeSpan roundTrip) => 2 * roundTrip + Ahead;

    /// <summary>
    /// Whether a slot is free for what a receive of this queue would bring, and nothing here will take it. Changes nothing, and does not ask for rates, which
    /// are measured when they are asked for: to be looked at must not change what the worker does.
    /// </summary>
    public bool HasFreeSlot(QueueLine line)
    {
        lock (_lock)
            return !_startsNone && _ledger.Free > 0 && MayReceive(line, _surroundings.Now) && line.Suspects.Most(line.OpenReceives, _surroundings.Now) > 0 && _ledger.Free - _lines.Sum(SlotsAhead) >= 1;
    }

    // --- Below: called under the lock ---

    private void Open(QueueLine line, Reservation receive, int room, bool idle, TimeSpan now)
    {
        int kept = idle ? 0 : line.Yield.Of(room);
        _ledger.Ask(room, kept);
        line.Asked += kept;
        line.OpenReceives++;
        _fresh += kept == 0 ? 1 : 0;
        (receive.Max, receive.Kept, receive.AfterFull, receive.Until) = (room, kept, idle ? null : line.Yield.Full, now + LooksAhead(line.RoundTrip));
        Touch(line);
    }

    // To say it twice changes nothing.
    private void Close(QueueLine line, Reservation receive)
    {
        line.OpenReceives -= receive.Max > 0 ? 1 : 0;
        _ledger.Answer(receive.Max, receive.Kept);
        line.Asked -= receive.Kept;
        _fresh -= receive is { Lent: false, Kept: 0 } ? 1 : 0;
        (receive.Max, receive.Kept, receive.Until) = (0, 0, TimeSpan.MaxValue);
        Touch(line);
    }

    // Its own troubles and limits let the queue receive.
    private bool MayReceive(QueueLine line, TimeSpan now) => MayStartMore(line, now) && !_ledger.HoldsTooMany(line);

    // What it brings waits, leased, where there is no slot for it: asked for only while that would start at once, or within about a second. Not of all queues
    // in the same moment: each may bring ten. An idle queue asks for all that it could run: its receive may wait for long.
    private int RoomForTry(QueueLine asks, bool idle, TimeSpan now, out bool itsOwn)
    {
        double own = _startsNone ? 0 : Math.Min(OwnRoom(asks, now), asks.Slots);
        // One at a time: what it brings says whether there is more.
        itsOwn = own * asks.Batch + 1e-6 < 1 || asks.OpenReceives > 0;
        double perSecond = _rate.PerSecond(now);
        double slots = _ledger.Free - SlotsBefore(asks, now) + AheadAllowed(perSecond, _ledger.MostAhead) + 1e-6;
        // What gathers here takes a part of a slot, and leaves the rest of it to its company.
        if (itsOwn || slots * asks.Batch < 1 || _fresh >= MostTries(perSecond))
            return 0;
        return (int)Math.Min((idle ? own : Math.Min(own, slots)) * asks.Batch + 1e-6, Math.Min(SqsLimits.Batch, _ledger.Room));
    }

    // Together about a second's worth.
    private static double MostTries(double perSecond) => Math.Clamp(perSecond / SqsLimits.Batch, FewestTries, Ledger.MostPolls);

    /// <param name="taken">Slots that were promised to others in the same moment.</param>
    /// <param name="itsOwn">Where there is none: because of the queue's own limits, which let go only when something of it changes.</param>
    private int RoomForMore(QueueLine asks, TimeSpan now, double taken, out bool itsOwn)
    {
        double own = _startsNone ? 0 : OwnRoom(asks, now);
        // Parts of a slot do not always add up to it.
        itsOwn = own * asks.Batch + 1e-6 < 1;
        if (itsOwn)
            return 0;
        double slots = Slots(asks, _ledger.Free, SlotsBefore(asks, now) + taken, _rate.PerSecond(now), _ledger.MostAhead, _roundTrip);
        return (int)Math.Clamp(Math.Min(slots, own) * asks.Batch + 1e-6, 0, Math.Min(SqsLimits.Batch, _ledger.Room));
    }

    // What the queue's own limits and troubles leave it, in slots.
    private double OwnRoom(QueueLine asks, TimeSpan now)
    {
        if (!_ledger.HasRoomToSettle(asks) || _ledger.HoldsTooMany(asks))
            return 0;
        double slots = asks.Suspects.Most(asks.OpenReceives, now) / (double)asks.Batch;
        // Not with the free slots alone: beside another's backlog there are none, and it would never be asked again.
        if (asks.Pace.Held)
            slots = Math.Min(slots, asks.Pace.Slots - asks.Runs - SlotsAhead(asks));
        else if (asks.Limit is { } limit && limit < _ledger.Concurrency)
            slots = Math.Min(slots, Slots(asks, limit - asks.Runs, InLineOrAsked(asks), asks.Starts.PerSecond(now), limit + SqsLimits.Batch, asks.RoundTrip));
        // What a rate limit keeps from starting is not hoarded either; where the limiter does not say what it will allow, by what it has allowed.
        slots = Math.Min(slots, StartsSoon(asks, now) - InLineOrAsked(asks));
        if (IsThrottled(asks, now))
            slots = Math.Min(slots, Math.Max(1, asks.Starts.PerSecond(now) * Hoard.TotalSeconds) - InLineOrAsked(asks));
        return slots;
    }

    // The slots that what is before this queue will take: what is here and expected of all, but for those that it outranks.
    private double SlotsBefore(QueueLine asks, TimeSpan now)
    {
        if (!_receives.Ranks)
            return _ahead - asks.Soon + SlotsAhead(asks);
        double ahead = SlotsAhead(asks);
        foreach (QueueLine line in _lines)
        {
            if (line != asks && line.Soon > 0 && !_receives.Outranks(asks, line, now))
                ahead += line.Soon;
        }
        return ahead;
    }

    private static double AheadAllowed(double perSecond, double mostAhead) => Math.Min(perSecond * Hoard.TotalSeconds, mostAhead);

    // Ahead of the slots only what will start while the receive is under way, and at most about a second's worth: receives
    // stay full and slots busy where handlers are quick, and nothing is hoarded where they are slow. Counted in slots: where batches
    // are handled, a message is a part of one.
    private static double Slots(QueueLine asks, int free, double ahead, double perSecond, double mostAhead, TimeSpan roundTrip)
    {
        double allowance = AheadAllowed(perSecond, mostAhead);
        double slots = free - ahead + allowance;
        if (free - ahead > 0)
            return slots;
        if (ahead > perSecond * LooksAhead(roundTrip).TotalSeconds)
            return 0;
        // No slot is idle, and there will be room for a full receive in a moment.
        return slots * asks.Batch < SqsLimits.Batch && allowance * asks.Batch >= SqsLimits.Batch ? 0 : slots;
    }

    // Whether what comes of this queue may start when there is a slot: its own troubles and limits hold up no other.
    private bool MayStartMore(QueueLine line, TimeSpan now) => _ledger.HasRoomToSettle(line)
        && (!IsBounded(line) || line.Runs + SlotsAhead(line) < line.Slots)
        && (line.Ready == 0 || !IsThrottled(line, now));

    private bool IsBounded(QueueLine line) => line.Pace.Held || line.Slots < _ledger.Concurrency;

    private static bool IsThrottled(QueueLine line, TimeSpan now) => line.ThrottledUntil > TimeSpan.MinValue && line.ThrottledUntil + Throttled > now;

    private static double StartsSoon(QueueLine line, TimeSpan now)
    {
        double soon = double.PositiveInfinity;
        foreach (Throttle throttle in line.Throttles)
            soon = Math.Min(soon, throttle.Soon(now, Hoard));
        return Math.Max(1, soon);
    }

    private static double InLineOrAsked(QueueLine line) => (line.Ready + line.Asked) / (double)line.Batch;

    // The slots that what is here, or expected, will take.
    private double SlotsAhead(QueueLine line)
    {
        if (!_ledger.HasRoomToSettle(line))
            return 0;
        double slots = InLineOrAsked(line);
        return IsBounded(line) ? Math.Min(slots, Math.Max(0, line.Slots - line.Runs)) : slots;
    }

    // Of those, the ones that another queue has to leave free: what gathers or pauses takes none until its moment, and what waits for a slow limiter has its own slot kept.
    private double SlotsSoon(QueueLine line, TimeSpan now, out TimeSpan until)
    {
        until = line.Pace.NotBefore > line.ThrottledUntil ? line.Pace.NotBefore : line.ThrottledUntil;
        if (until > now || (line.Asks is not null && line != _inTurn))
            return 0;
        double slots = SlotsAhead(line);
        if (line.Gather == TimeSpan.Zero)
            return slots;
        until = FirstInLine(line) is { } first ? first.InLineSince + line.Gather : TimeSpan.MaxValue;
        return until <= now ? Math.Ceiling(slots) : Math.Floor(slots);
    }

    // --- Who wants room, and is called ---

    // What keeps the queue is its own: it is not asked about again until something of it changes.
    private void StandBack(QueueLine line)
    {
        TurnsFor(line.Wants).Remove(line);
        line.HoldsBack = true;
    }

    private void WantsNone(QueueLine line)
    {
        if (line.Wants != RoomWanted.None)
            TurnsFor(line.Wants).Remove(line);
        (line.Wants, line.HoldsBack) = (RoomWanted.None, false);
    }

    private Turns TurnsFor(RoomWanted wants) => wants == RoomWanted.Try ? _tries : _receives;

    private void CallForMessages() => _ceiling.CallForMessages(this);

    /// <summary>Tells the group's receives that found no room and may find it now. Called under the lock, by the ceiling.</summary>
    public void CallOwn()
    {
        TimeSpan now = _surroundings.Now;
        Refresh(now);
        CallByTurns(_tries, tries: true, now);
        if (_receives is StrategyTurns strategy)
            CallByStrategy(strategy, now);
        else
            CallByTurns(_receives, tries: false, now);
    }

    private void CallByTurns(Turns turns, bool tries, TimeSpan now)
    {
        double taken = 0;
        int called = _fresh;
        List<QueueLine>? passed = null;
        while (turns.First(now) is { } line && (!tries || called < MostTries(_rate.PerSecond(now))))
        {
            int room = tries ? RoomForTry(line, idle: true, now, out bool itsOwn) : RoomForMore(line, now, taken, out itsOwn);
            if (itsOwn)
            {
                StandBack(line);
                continue;
            }
            if (room > 0)
            {
                taken += tries ? 0 : (double)line.Yield.Of(room) / line.Batch;
                called++;
                Call(line);
                continue;
            }
            // Who comes after the first finds no more; but if there is a slot that nobody takes, what keeps this one from it need not keep the others.
            if (_ledger.Free - _ahead - taken < 1)
                break;
            turns.Remove(line);
            (passed ??= []).Add(line);
        }
        passed?.ForEach(turns.Add);
    }

    private void CallByStrategy(StrategyTurns strategy, TimeSpan now)
    {
        double taken = 0;
        while (true)
        {
            List<QueueLine> among = [.. strategy.Wanting.Where(line => RoomForMore(line, now, taken, out _) > 0).OrderBy(static line => line.Index)];
            if (strategy.Choose(among, now) is not { } line)
                return;
            taken += (double)line.Yield.Of(RoomForMore(line, now, taken, out _)) / line.Batch;
            Call(line);
        }
    }

    private void Call(QueueLine line)
    {
        WantsNone(line);
        line.Called = true;
        line.RoomAgain();
    }
}
