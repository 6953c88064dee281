namespace Zanshin.Dispatching;

/// <content>What receives may ask for.</content>
internal sealed partial class Dispatcher
{
    /// <summary>How much longer than two round trips a receive looks ahead.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(20);

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

    // --- Below: called under the lock ---

    private int RoomForIdle(QueueLine line) =>
        _startsNone || _ledger.Runnable > 0 || !_ledger.MayStart(line) ? 0 : Math.Min(Math.Min(SqsLimits.Batch, _ledger.Concurrency), _ledger.Room);

    // Ahead of the slots only what will start while the receive is under way, and at most about a second's worth: receives
    // stay full and slots busy where handlers are quick, and nothing is hoarded where they are slow.
    private int RoomForMore(QueueLine asks, TimeSpan roundTrip)
    {
        if (_startsNone || !_ledger.HasRoomToSettle(asks) || _ledger.Waiting - _ledger.Runnable >= _ledger.MostBlocked)
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
