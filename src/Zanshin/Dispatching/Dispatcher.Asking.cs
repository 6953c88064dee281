namespace Zanshin.Dispatching;

/// <content>
/// The turns whose limiters have to be asked, which is done outside of the lock (<see cref="LimiterThrottle"/>): what is decided before the question is looked at
/// again after the answer.
/// </content>
internal sealed partial class Dispatcher
{
    /// <summary>The queue that has the turn and waits for a limiter: until its answer, which is there in a moment, nobody else has a turn.</summary>
    private QueueLine? _inTurn;

    // --- Below: called under the lock ---

    /// <summary>Whether all turns wait for a limiter's answer, or the strategy's.</summary>
    public bool WaitsForAnswer => _inTurn?.Asks is not null || (_starts is StrategyTurns strategy && strategy.IsAsked(_surroundings.Now));

    /// <summary>Starts what can be started, and tells receives what has become of their room.</summary>
    public void Go()
    {
        StartRunnable();
        CallForMessages();
    }

    /// <summary>The limiter that the queue waited for has answered. A slot that was kept is for it.</summary>
    public void Answered(QueueLine line)
    {
        line.Asks = null;
        line.ThrottledUntil = TimeSpan.MinValue;
        Touch(line);
        if (!line.KeepsSlot)
            return;
        line.KeepsSlot = false;
        _ledger.KeepNot();
        _inTurn ??= line;
    }

    /// <summary>The limiter that the queue waits for does not answer: nothing is kept for it any more.</summary>
    public void GoOnWithout(QueueLine line)
    {
        if (_inTurn == line)
            _inTurn = null;
        Touch(line);
        if (line.KeepsSlot)
        {
            line.KeepsSlot = false;
            _ledger.KeepNot();
        }
        LetGo(line);
    }

    /// <summary>Whether a permit of this throttle is for a start that is about to be.</summary>
    public bool Keeps(LimiterThrottle throttle) => !_startsNone
        && (!throttle.GetsBack || _lines.Exists(line => (line == _inTurn || line.KeepsSlot) && line.Throttles.Contains(throttle)));

    // The queue that has the turn, again after an answer that it waited for.
    private QueueLine? InTurn(TimeSpan now)
    {
        if (_inTurn is { } line)
        {
            if (line.Asks is { } limiter)
            {
                if (!limiter.IsSlow(now))
                    return null;
                StandAside(line, limiter, now);
            }
            else if (MayStart(line, now))
            {
                return line;
            }
            else
            {
                LetGo(line);
            }
            _inTurn = null;
            if (_ledger.Free == 0)
                return null;
        }
        Refresh(now);
        return NextLine(now);
    }

    private bool MayStart(QueueLine line, TimeSpan now) =>
        WantsStart(line) && MayBegin(line, now);

    private bool WantsStart(QueueLine line) => line.Asks is null && line.Ready > 0 && line.Runs < line.Slots && _ledger.HasRoomToSettle(line);

    /// <summary>Asks for one start of the queue that has the turn.</summary>
    private Allowance AskThrottles(QueueLine line, TimeSpan now)
    {
        foreach (Throttle throttle in line.Throttles)
        {
            Allowance allowance = throttle.Allows(line, now, out TimeSpan again);
            if (allowance == Allowance.Granted)
                continue;
            _inTurn = null;
            Touch(line);
            if (allowance == Allowance.Refused)
            {
                line.ThrottledUntil = again > now ? again : now + TimeSpan.FromMilliseconds(1);
                // While it waits, it holds nothing that another queue, or other code, may wait for.
                LetGo(line);
            }
            else if (line.Asks!.IsSlow(now))
            {
                StandAside(line, line.Asks, now);
            }
            else
            {
                _inTurn = line;
            }
            return allowance;
        }
        return Allowance.Granted;
    }

    // Others go on. One slot stays free for the answer, so that they do not take every one that the queue would have had its turn for.
    private void StandAside(QueueLine line, LimiterThrottle limiter, TimeSpan now)
    {
        // It counts as held back by a limit.
        line.ThrottledUntil = now + TimeSpan.FromDays(1);
        Touch(line);
        if (limiter.Hangs(now))
        {
            LetGo(line);
        }
        else if (_ledger.Free > 0 && !_lines.Exists(other => other.KeepsSlot && other.Asks == limiter))
        {
            line.KeepsSlot = true;
            _ledger.Keep();
        }
    }

    private static void LetGo(QueueLine line)
    {
        foreach (Throttle throttle in line.Throttles)
            throttle.Wait();
    }

    private static Permit[] TakePermits(QueueLine line)
    {
        List<Permit>? permits = null;
        foreach (Throttle throttle in line.Throttles)
        {
            if (throttle.Take() is { } permit)
                (permits ??= []).Add(permit);
        }
        return permits is null ? [] : [.. permits];
    }

    // No slot is free for the turn that was to be had.
    private void GiveUpTurn()
    {
        if (_inTurn is not { Asks: null } line)
            return;
        _inTurn = null;
        LetGo(line);
    }
}
