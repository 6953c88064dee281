using Zanshin.Observing;
using Zanshin.Pipeline;

namespace Zanshin.Dispatching;

/// <content>The slots: what begins on them, what becomes of it, and what it waits for.</content>
internal sealed partial class Dispatcher
{
    private static readonly TimeSpan LateThread = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The run is over, its messages have their verdicts: the slot is free for the next. A FIFO group goes on at once only where
    /// all is over that came before; a short retry of it rests here, and the group waits with it, leased.
    /// </summary>
    public void EndRun(Run run)
    {
        QueueLine line = run.Line;
        bool? says;
        bool holds;
        lock (_lock)
        {
            Array.ForEach(run.Permits, static permit => permit.GiveBack());
            foreach (Part part in run.Parts)
                EndPart(line, part);
            if (run.Deliveries[0].IsSuspect)
            {
                EndSuspect(run.Deliveries[0]);
                // From here it is known why it comes again.
                run.Deliveries[0].IsSuspect = false;
            }
            Touch(line);
            _ledger.EndRun();
            _rate.Mark(_surroundings.Now);
            _ceiling.Pool.Trim();
            SlotsChanged?.Invoke();
            line.Runs--;
            if (run.Deliveries[0].Gate is { } gate)
            {
                gate.EndRun();
                StandInLineAgain(gate);
            }
            if (run.Permits.Length > 0)
                line.ThrottledUntil = TimeSpan.MinValue;
            if (run.Stuck)
                line.Stuck--;
            if (run.Well == true)
                line.Pace.Succeeded();
            else if (run.Well == false)
                line.Pace.Failed(_surroundings.Now, _surroundings.Dice());
            (holds, says) = (line.Pace.Held, HeldBackAnew(line));
            StartRunnable();
            CallForMessages();
            if (_ledger.Runs == 0)
                _noRuns?.TrySetResult();
            run.Urgent = line is { Running: 0, Ready: 0 };
        }
        if (run.Stuck)
            line.Logger.NotStuckAnyMore(run.Deliveries[0].Id, line.Name, _surroundings.Now - run.Began);
        if (says == true)
            line.Logger.HandlersFail(line.Name);
        else if (says == false)
            line.Logger.HandlersWork(line.Name, "its handlers succeed again");
        if (holds)
            HoldsBack();
    }

    /// <summary>Called when a run has ended whose queue has fewer slots, because its handlers keep failing. Not under the lock.</summary>
    public Action HoldsBack { get; set; } = static () => { };

    /// <summary>Gives queues their slots back that have gone quiet since their handlers failed. Gives the moment to look again.</summary>
    public TimeSpan LetQuietRecover()
    {
        TimeSpan next = TimeSpan.MaxValue;
        List<QueueLine> recovered = [];
        lock (_lock)
        {
            TimeSpan now = _surroundings.Now;
            foreach (QueueLine line in _lines.Where(static l => l.Pace.Held))
            {
                TimeSpan due = line.Pace.RecoversAt;
                if (IsQuiet(line, now))
                {
                    line.Pace.Recover();
                    Touch(line);
                }
                else
                {
                    // One that is at work still is looked at later.
                    next = Earlier(next, due > now ? due : now + FailurePace.Stale);
                }
                if (HeldBackAnew(line) == false)
                    recovered.Add(line);
            }
            if (recovered.Count > 0)
                CallForMessages();
        }
        foreach (QueueLine line in recovered)
            line.Logger.HandlersWork(line.Name, "nothing of it has failed, run or waited for 2 minutes");
        return next;
    }

    /// <summary>The run has got its thread: those that were held back for it go on.</summary>
    public void GotThread(Run run)
    {
        run.HasThread = true;
        Interlocked.MemoryBarrier();
        TimeSpan late = _surroundings.Now - run.Began;
        if (late >= LateThread)
            _surroundings.CameLate?.Invoke(late);
        if (!_ceiling.Pool.HoldsBack)
            return;
        lock (_lock)
            _ceiling.Go(_surroundings.Now);
    }

    /// <summary>Slots whose handlers may block threads of the pool.</summary>
    public int SlotsOnPool => _lines.TrueForAll(static line => line.Threads is { ForAll: true }) ? 0 : _ledger.Concurrency;

    /// <summary>Handlers that have not let go of their thread of the pool since they began.</summary>
    public int Blocking(TimeSpan forLonger)
    {
        lock (_lock)
        {
            TimeSpan now = _surroundings.Now;
            return Runs().Count(run => run is { FirstThread: > 0, Threads: null } && now - run.Began >= forLonger);
        }
    }

    /// <summary>A moment that the message waits for has come: that of its local retry, of its batch, of its queue's next try, or to look at its run.</summary>
    public void Wake(Delivery delivery)
    {
        Run? stuck = null;
        int lost = 0;
        TimeSpan now = _surroundings.Now;
        lock (_lock)
        {
            Touch(delivery.Line);
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
            if (_linesWithSuspects > 0 && !_startsNone)
            {
                StartRunnable();
                CallForMessages();
                if (delivery.StandsAside)
                    delivery.Line.Leases.WakeAt(delivery.Lease, delivery.Line.Suspects.Until);
            }
        }
        // A logger is the application's: not under the lock.
        stuck?.Line.Logger.Stuck(stuck.Deliveries[0].Id, stuck.Line.Name, stuck.Where, now - stuck.Began, stuck.CancelReason, lost, _ledger.Concurrency);
    }

    // --- Below: called under the lock ---

    // True when it is to be said that the queue has fewer slots, false that it has them back, null for nothing.
    private static bool? HeldBackAnew(QueueLine line) => line.Pace.Held == line.HeldBack ? null : line.HeldBack = line.Pace.Held;

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static bool IsQuiet(QueueLine line, TimeSpan now) => line is { Runs: 0, Waiting: 0 } && now >= line.Pace.RecoversAt;

    private void StartRunnable()
    {
        LetSuspectsIn();
        _ceiling.Start(this, _surroundings.Now);
    }

    /// <summary>Starts one run on a free slot. Called under the lock, by the ceiling.</summary>
    public bool StartOne(TimeSpan now)
    {
        if (_startsNone || _ledger.Free == 0)
        {
            GiveUpTurn();
            return false;
        }
        if (!_ceiling.Pool.MayBegin(now) || NextInTurn(now) is not { } run)
            return false;
        QueueLine line = run.Line;
        foreach (Delivery delivery in run.Deliveries)
        {
            LeaveLine(delivery);
            delivery.State = DeliveryState.Running;
            delivery.Run = run;
            delivery.Gate?.BeginRun();
        }
        if (_ledger.Runs == 0)
            _rate.Begins(run.Began);
        _ledger.BeginRun(run.Deliveries.Length);
        SlotsChanged?.Invoke();
        line.Waiting -= run.Deliveries.Length;
        line.Running += run.Deliveries.Length;
        line.Runs++;
        Touch(line);
        line.Starts.Mark(run.Began);
        line.LastStart = run.Began;
        line.Leases.WakeAt(run.Deliveries[0].Lease, run.Deliveries[0].IsSuspect ? Earlier(run.NextLook(run.Began), line.Suspects.Until) : run.NextLook(run.Began));
        _ceiling.Pool.Begin(run);
        Task life = _surroundings.Begin(run, _life.LiveAsync);
        foreach (Delivery delivery in run.Deliveries)
            delivery.Life = life;
        return true;
    }

    // The queues take turns by the group's strategy.
    private Run? NextInTurn(TimeSpan now)
    {
        while (_ledger.Free > 0 && InTurn(now) is { } next)
        {
            bool throttled = !next.Runnable.Peek().IsEarly;
            // One that a rate limit refuses has no turn until it is asked again.
            if (throttled && AskThrottles(next, now) != Allowance.Granted)
                continue;
            _inTurn = null;
            _starts.Took(next);
            Delivery[] deliveries = TakeRun(next);
            return new Run(next, deliveries, now) { Permits = throttled ? TakePermits(next) : [], Earlier = Earlier(deliveries) };
        }
        return null;
    }

    // A queue whose next run is too soon wants no turn until something of it changes: the moment itself wakes its first message.
    private QueueLine? NextLine(TimeSpan now)
    {
        if (_starts is StrategyTurns strategy)
            return strategy.Choose([.. strategy.Wanting.Where(line => MayStart(line, now)).OrderBy(static line => line.Index)], now);
        while (_starts.First(now) is { } next)
        {
            if (MayStart(next, now))
                return next;
            _starts.Remove(next);
        }
        return null;
    }

    private static Task[] Earlier(Delivery[] deliveries)
    {
        List<Task>? lives = null;
        foreach (Delivery delivery in deliveries)
        {
            for (Delivery? earlier = delivery.After; earlier is not null; earlier = earlier.After)
                (lives ??= []).Add(earlier.Life);
        }
        return lives is null ? [] : [.. lives];
    }

    private void EndPart(QueueLine line, Part part)
    {
        TimeSpan now = _surroundings.Now;
        part.GroupGoesOn = Array.TrueForAll(part.Deliveries, static d => d.Verdict.Kind is VerdictKind.Delete or VerdictKind.Nothing);
        if (!part.GroupGoesOn && MayStay(part))
        {
            if (MessageLife.RestsHere(part))
                Rest(line, part, now);
            else if (Array.Find(part.Deliveries, static d => d.Verdict.Kind == VerdictKind.Retry) is { } head && Judge.RejectsAtLast(head))
                StayBehind(line, part, head);
        }
        foreach (Delivery delivery in part.Ending)
        {
            _ledger.Settle();
            delivery.State = DeliveryState.Settling;
            delivery.GoesBack = delivery.Verdict.Kind is VerdictKind.Retry or VerdictKind.Return or VerdictKind.Reject;
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
    private bool MayStay(Part part) => !_startsNone && part.Lane is not null
        && Array.TrueForAll(part.Deliveries, static d => d.Verdict.Kind != VerdictKind.Retry || d.Line.Leases.Holds(d.Lease, out _, out _));

    // The first of the group that is to be retried is its head again; those after it that are not done stand behind it as before.
    private void Rest(QueueLine line, Part part, TimeSpan now)
    {
        List<Delivery> stay = Stay(line, part, static _ => true);
        Delivery head = stay[0];
        part.Rests = true;
        head.RestsUntil = now + head.Verdict.Delay;
        part.Lane!.Current = head;
        part.Lane.PutInFront(stay.Skip(1));
        line.Leases.WakeAt(head.Lease, head.RestsUntil);
    }

    // The head has had its last receive and is rejected. It alone: those after it have their turn once it is gone.
    private void StayBehind(QueueLine line, Part part, Delivery head) => part.Lane!.PutInFront(Stay(line, part, delivery => delivery != head));

    // Of those to be retried, the ones that keep their place in the lane.
    private List<Delivery> Stay(QueueLine line, Part part, Predicate<Delivery> which)
    {
        List<Delivery> stay = [.. part.Deliveries.Where(d => d.Verdict.Kind == VerdictKind.Retry && which(d))];
        part.Ending = [.. part.Deliveries.Except(stay)];
        foreach (Delivery delivery in stay)
        {
            _ledger.Rest();
            delivery.State = DeliveryState.Waiting;
            delivery.LocalRuns++;
            delivery.Run = null;
            line.Running--;
            line.Waiting++;
            line.Counts.Add(Count.Retried);
        }
        return stay;
    }
}
