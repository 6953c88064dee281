namespace Zanshin.Dispatching;

/// <content>Who stands where: the table of what is here, the lines, and the lanes of FIFO groups. All of it is called under the lock.</content>
internal sealed partial class Dispatcher
{
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
        Touch(delivery.Line);
        if (StandsAside(delivery))
            return;
        if (delivery.Gate is { IsFull: true } gate)
        {
            gate.Aside.Enqueue(delivery);
            return;
        }
        delivery.InLine = true;
        delivery.InLineSince = _surroundings.Now;
        _ledger.StandInLine();
        delivery.Line.Ready++;
        delivery.Line.Runnable.Enqueue(delivery);
    }

    private void LeaveLine(Delivery delivery)
    {
        if (!delivery.InLine)
            return;
        delivery.InLine = false;
        _ledger.LeaveLine();
        delivery.Line.Ready--;
        Touch(delivery.Line);
    }

    // Whether the queue's next run may begin; if it is only too soon, the first in line wakes it.
    private bool MayBegin(QueueLine line, TimeSpan now)
    {
        if (FirstInLine(line) is not { } first)
            return false;
        if (first.IsEarly)
            return true;
        TimeSpan at = line.Gather == TimeSpan.Zero || first.IsSuspect || IsFull(line) ? TimeSpan.Zero : first.InLineSince + line.Gather;
        if (line.Pace.NotBefore > at)
            at = line.Pace.NotBefore;
        if (line.ThrottledUntil > at)
            at = line.ThrottledUntil;
        if (at <= now)
            return true;
        line.Leases.WakeAt(first.Lease, at);
        return false;
    }

    // The messages of the queue's next run: those in line, of which there is one.
    private Delivery[] TakeRun(QueueLine line)
    {
        if (line.Batch == 1 || line.Runnable.Peek() is { IsEarly: true } or { IsSuspect: true })
            return [line.Runnable.Dequeue()];
        List<Delivery> batch = [];
        while (batch.Count < line.Batch && FirstInLine(line) is { IsEarly: false, IsSuspect: false } next)
        {
            batch.Add(line.Runnable.Dequeue());
            // A group goes on in order in the same run; not past a message whose earlier delivery is to be awaited.
            while (batch.Count < line.Batch && next.Lane?.Behind.TryPeek(out Delivery? behind) == true && (behind.State != DeliveryState.Waiting || behind is { After: null, IsSuspect: false }))
            {
                next.Lane.Behind.Dequeue();
                if (behind.State == DeliveryState.Waiting)
                    batch.Add(behind);
            }
        }
        return [.. batch];
    }

    private Delivery? FirstInLine(QueueLine line)
    {
        while (line.Runnable.TryPeek(out Delivery? first))
        {
            if (first is { InLine: true, Gate: not { IsFull: true } })
                return first;
            // Lost or given back while it stood in line, or its handler has all the runs that it may have.
            line.Runnable.Dequeue();
            if (!first.InLine)
                continue;
            LeaveLine(first);
            first.Gate!.Aside.Enqueue(first);
        }
        return null;
    }

    // Whether there is company enough for a whole batch: asked at every arrival and end, so looked up only where groups need it.
    private static bool IsFull(QueueLine line)
    {
        if (line.Ready >= line.Batch)
            return true;
        if (!line.Fifo || line.Waiting < line.Batch)
            return false;
        int messages = 0;
        foreach (Delivery delivery in line.Runnable)
        {
            messages += delivery.InLine ? 1 + (delivery.Lane?.Behind.Count ?? 0) : 0;
            if (messages >= line.Batch)
                return true;
        }
        return false;
    }

    // A waiting message that will not run here: it leaves the line and is to be given back.
    private void SetAside(Delivery delivery)
    {
        Leave(delivery);
        delivery.State = DeliveryState.GoingBack;
        delivery.GoesBack = true;
        _ledger.GoBack();
    }

    private void Leave(Delivery delivery)
    {
        EndSuspect(delivery);
        LeaveLine(delivery);
        _ledger.Leave();
        delivery.Line.Waiting--;
        Touch(delivery.Line);
        if (delivery.Line.Here.GetValueOrDefault(delivery.Id) is { } here && here.Successor == delivery)
            here.Successor = null;
        if (delivery.Gate is { } gate)
            StandInLineAgain(gate);
    }

    // A handler's limit has a run free, or one that was to have it has gone: the next of those that stand aside.
    private void StandInLineAgain(HandlerGate gate)
    {
        while (!gate.IsFull && gate.Aside.TryDequeue(out Delivery? next))
        {
            if (next is not { State: DeliveryState.Waiting, InLine: false } || next.RestsUntil > _surroundings.Now)
                continue;
            MakeRunnable(next);
            return;
        }
    }

    private void End(Delivery delivery)
    {
        delivery.State = DeliveryState.Ended;
        QueueLine line = delivery.Line;
        if (line.Here.GetValueOrDefault(delivery.Id) == delivery)
        {
            if (delivery.After is { } earlier)
                line.Here[delivery.Id] = earlier;
            else
                line.Here.Remove(delivery.Id);
        }
        if (delivery.Successor is { } successor)
        {
            delivery.Successor = null;
            Enter(successor);
        }
    }

    private List<Delivery> TakeBehind(Lane lane)
    {
        List<Delivery> behind = [.. lane.Behind];
        lane.Behind.Clear();
        behind.RemoveAll(static d => d.State != DeliveryState.Waiting);
        behind.Reverse();
        foreach (Delivery delivery in behind)
            SetAside(delivery);
        return behind;
    }
}
