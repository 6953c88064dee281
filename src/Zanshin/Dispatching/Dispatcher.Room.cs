namespace Zanshin.Dispatching;

/// <content>What receives may ask for.</content>
internal sealed partial class Dispatcher
{
    /// <summary>How much longer than two round trips a receive looks ahead.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(20);

    /// <summary>What is received ahead starts within about a second, also where handlers then take longer than those before.</summary>
    private static readonly TimeSpan Hoard = TimeSpan.FromMilliseconds(700);

    /// <summary>A queue that a rate limit has refused counts as held back by it for so long.</summary>
    private static readonly TimeSpan Throttled = TimeSpan.FromSeconds(2);

    /// <summary>Room for a receive: how many messages it may ask for, 0 for none now (then <see cref="QueueLine.RoomAgain"/> will tell).</summary>
    /// <param name="idle">The one receive of an idle queue reserves nothing and stands back while anything waits for a slot.</param>
    public int Reserve(QueueLine line, bool idle, TimeSpan roundTrip)
    {
        lock (_lock)
        {
            int room = idle ? RoomForIdle(line) : RoomForMore(line, roundTrip);
            line.OpenReceives += room > 0 ? 1 : 0;
            line.Wants = room > 0 ? RoomWanted.None : idle ? RoomWanted.Idle : RoomWanted.More;
            line.RoundTrip = roundTrip;
            if (!idle)
            {
                _ledger.Ask(room);
                line.Asked += room;
            }
            return room;
        }
    }

    /// <summary>
    /// Whether a slot is free for what a receive of this queue would bring, and nothing here will take it. Changes nothing, and does not ask for rates, which
    /// are measured when they are asked for: to be looked at must not change what the worker does.
    /// </summary>
    public bool HasFreeSlot(QueueLine line)
    {
        lock (_lock)
            return RoomForIdle(line) > 0 && !_ledger.HoldsTooMany(line) && _ledger.Free - _lines.Sum(SlotsAhead) >= 1;
    }

    /// <summary>A receive is over that brought nothing, failed, or was not called.</summary>
    public void Over(QueueLine line)
    {
        lock (_lock)
        {
            line.OpenReceives--;
            StartRunnable();
            CallForMessages();
        }
    }

    /// <summary>Gives back what a receive had reserved: it failed, or has waited so long that its queue counts as idle.</summary>
    public void Unreserve(QueueLine line, int messages)
    {
        lock (_lock)
        {
            _ledger.Answer(messages);
            line.Asked -= messages;
            CallForMessages();
        }
    }

    // --- Below: called under the lock ---

    // What arrives beyond free slots waits, leased; while any waits for a slot, nothing more is asked for.
    private int RoomForIdle(QueueLine line) =>
        _startsNone || _ledger.Free == 0 || !MayStartMore(line) || _ledger.HoldsTooMany(line) ? 0
            : (int)Math.Min(Math.Min(Math.Min(SqsLimits.Batch, line.Suspects.Most(line.OpenReceives, _surroundings.Now)), _ledger.Room), Math.Min(line.Slots, StartsSoon(line, _surroundings.Now)) * line.Batch);

    private int RoomForMore(QueueLine asks, TimeSpan roundTrip)
    {
        if (_startsNone || !_ledger.HasRoomToSettle(asks) || _ledger.HoldsTooMany(asks))
            return 0;
        TimeSpan now = _surroundings.Now;
        double perSecond = 0, ahead = 0;
        foreach (QueueLine line in _lines)
        {
            perSecond += line.Starts.PerSecond(now);
            if (line != asks && _receives.Outranks(asks, line))
                continue;
            // A backlog stands back for the one receive of an idle queue, which needs a moment when nothing waits for a slot.
            if (line.Wants == RoomWanted.Idle && line != asks && MayStartMore(line) && !_ledger.HoldsTooMany(line))
                return 0;
            ahead += line == asks ? SlotsAhead(line) : SlotsSoon(line, now);
        }
        double slots = Slots(asks, _ledger.Free, ahead, perSecond, _ledger.MostAhead, roundTrip);
        // Not with the free slots alone: beside another's backlog there are none, and it would never be asked again.
        if (asks.Pace.Held)
            slots = Math.Min(slots, asks.Pace.Slots - asks.Runs - SlotsAhead(asks));
        else if (asks.Limit is { } limit && limit < _ledger.Concurrency)
            slots = Math.Min(slots, Slots(asks, limit - asks.Runs, InLineOrAsked(asks), asks.Starts.PerSecond(now), limit + SqsLimits.Batch, roundTrip));
        // What a rate limit keeps from starting is not hoarded either; where the limiter does not say what it will allow, by what it has allowed.
        slots = Math.Min(slots, StartsSoon(asks, now) - InLineOrAsked(asks));
        if (IsThrottled(asks, now))
            slots = Math.Min(slots, Math.Max(1, asks.Starts.PerSecond(now) * Hoard.TotalSeconds) - InLineOrAsked(asks));
        // Parts of a slot do not always add up to it.
        return (int)Math.Clamp(slots * asks.Batch + 1e-6, 0, Math.Min(Math.Min(SqsLimits.Batch, asks.Suspects.Most(asks.OpenReceives, now)), _ledger.Room));
    }

    // Ahead of the slots only what will start while the receive is under way, and at most about a second's worth: receives
    // stay full and slots busy where handlers are quick, and nothing is hoarded where they are slow. Counted in slots: where batches
    // are handled, a message is a part of one.
    private static double Slots(QueueLine asks, int free, double ahead, double perSecond, double mostAhead, TimeSpan roundTrip)
    {
        double allowance = Math.Min(perSecond * Hoard.TotalSeconds, mostAhead);
        double slots = free - ahead + allowance;
        if (free - ahead > 0)
            return slots;
        if (ahead > perSecond * (2 * roundTrip + Ahead).TotalSeconds)
            return 0;
        // No slot is idle, and there will be room for a full receive in a moment.
        return slots * asks.Batch < SqsLimits.Batch && allowance * asks.Batch >= SqsLimits.Batch ? 0 : slots;
    }

    // Whether what comes of this queue may start when there is a slot: its own troubles and limits hold up no other.
    private bool MayStartMore(QueueLine line) => _ledger.HasRoomToSettle(line)
        && (!IsBounded(line) || line.Runs + SlotsAhead(line) < line.Slots)
        && (line.Ready == 0 || !IsThrottled(line, _surroundings.Now));

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

    // The slots that what is here, or asked for, will take.
    private double SlotsAhead(QueueLine line)
    {
        if (!_ledger.HasRoomToSettle(line))
            return 0;
        double slots = InLineOrAsked(line);
        return IsBounded(line) ? Math.Min(slots, Math.Max(0, line.Slots - line.Runs)) : slots;
    }

    // Of those, the ones that another queue has to leave free: what gathers or pauses takes none until its moment.
    private double SlotsSoon(QueueLine line, TimeSpan now)
    {
        if (line.Pace.NotBefore > now || line.ThrottledUntil > now)
            return 0;
        double slots = SlotsAhead(line);
        return line.Gather == TimeSpan.Zero ? slots
            : FirstInLine(line) is { } first && first.InLineSince + line.Gather <= now ? Math.Ceiling(slots) : Math.Floor(slots);
    }

    private void CallForMessages() => _ceiling.CallForMessages(this);

    /// <summary>Tells the group's receives that found no room and may find it now. Called under the lock, by the ceiling.</summary>
    public void CallOwn()
    {
        _receives.Clear();
        foreach (QueueLine line in _lines)
        {
            if (line.Wants == RoomWanted.Idle && RoomForIdle(line) > 0)
                Call(line);
        }
        // Then: a backlog stands back for those above as long as they are not called.
        foreach (QueueLine line in _lines)
        {
            if (line.Wants == RoomWanted.More && RoomForMore(line, line.RoundTrip) > 0)
                _receives.Add(line);
        }
        // Whoever is called first takes the room: that is a turn, and the only one. The others are called in case some is left.
        for (QueueLine? line = _receives.Next(); line is not null; line = _receives.After())
        {
            _receives.Remove(line);
            Call(line);
        }
    }

    private static void Call(QueueLine line)
    {
        line.Wants = RoomWanted.None;
        line.RoomAgain();
    }
}
