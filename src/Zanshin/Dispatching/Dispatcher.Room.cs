namespace Zanshin.Dispatching;

/// <content>What receives may ask for.</content>
internal sealed partial class Dispatcher
{
    /// <summary>How much longer than two round trips a receive looks ahead.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(20);

    /// <summary>What is received ahead starts within about a second, also where handlers then take longer than those before.</summary>
    private static readonly TimeSpan Hoard = TimeSpan.FromMilliseconds(700);

    private int _called;

    /// <summary>Room for a receive: how many messages it may ask for, 0 for none now (then <see cref="QueueLine.RoomAgain"/> will tell).</summary>
    /// <param name="idle">The one receive of an idle queue reserves nothing and stands back while anything waits for a slot.</param>
    public int Reserve(QueueLine line, bool idle, TimeSpan roundTrip)
    {
        lock (_lock)
        {
            int room = idle ? RoomForIdle(line) : RoomForMore(line, roundTrip);
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
        _startsNone || _ledger.Free == 0 || !MayStartMore(line) ? 0 : Math.Min(Math.Min(SqsLimits.Batch, _ledger.Concurrency * line.Batch), _ledger.Room);

    // Ahead of the slots only what will start while the receive is under way, and at most about a second's worth: receives
    // stay full and slots busy where handlers are quick, and nothing is hoarded where they are slow. Counted in slots: where batches
    // are handled, a message is a part of one.
    private int RoomForMore(QueueLine asks, TimeSpan roundTrip)
    {
        if (_startsNone || !_ledger.HasRoomToSettle(asks) || _ledger.HoldsTooMany(asks))
            return 0;
        TimeSpan now = _surroundings.Now;
        double perSecond = 0, ahead = 0;
        foreach (QueueLine line in _lines)
        {
            // A backlog stands back for the one receive of an idle queue, which needs a moment when nothing waits for a slot.
            if (line.Wants == RoomWanted.Idle && line != asks && MayStartMore(line))
                return 0;
            perSecond += line.Starts.PerSecond(now);
            ahead += line == asks ? SlotsAhead(line) : SlotsSoon(line, now);
        }
        double free = _ledger.Free - ahead;
        double allowance = Math.Min(perSecond * Hoard.TotalSeconds, _ledger.MostAhead);
        double slots = free + allowance;
        if (free <= 0)
        {
            if (ahead > perSecond * (2 * roundTrip + Ahead).TotalSeconds)
                return 0;
            // No slot is idle, and there will be room for a full receive in a moment.
            if (slots * asks.Batch < SqsLimits.Batch && allowance * asks.Batch >= SqsLimits.Batch)
                return 0;
        }
        // Not with the free slots alone: beside another's backlog there are none, and it would never be asked again.
        if (asks.Pace.Held)
            slots = Math.Min(slots, asks.Pace.Slots - asks.Runs - SlotsAhead(asks));
        // Parts of a slot do not always add up to it.
        return (int)Math.Clamp(slots * asks.Batch + 1e-6, 0, Math.Min(SqsLimits.Batch, _ledger.Room));
    }

    // Whether what comes of this queue may start when there is a slot: its own troubles hold up no other.
    private bool MayStartMore(QueueLine line) => _ledger.HasRoomToSettle(line) && (!line.Pace.Held || line.Runs + SlotsAhead(line) < line.Pace.Slots);

    // The slots that what is here, or asked for, will take.
    private double SlotsAhead(QueueLine line)
    {
        if (!_ledger.HasRoomToSettle(line))
            return 0;
        double slots = (line.Ready + line.Asked) / (double)line.Batch;
        return line.Pace.Held ? Math.Min(slots, Math.Max(0, line.Pace.Slots - line.Runs)) : slots;
    }

    // Of those, the ones that another queue has to leave free: what gathers or pauses takes none until its moment.
    private double SlotsSoon(QueueLine line, TimeSpan now)
    {
        if (line.Pace.NotBefore > now)
            return 0;
        double slots = SlotsAhead(line);
        return line.Gather == TimeSpan.Zero ? slots
            : FirstInLine(line) is { } first && first.InLineSince + line.Gather <= now ? Math.Ceiling(slots) : Math.Floor(slots);
    }

    private void CallForMessages()
    {
        foreach (QueueLine line in _lines)
        {
            if (line.Wants == RoomWanted.Idle && RoomForIdle(line) > 0)
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
}
