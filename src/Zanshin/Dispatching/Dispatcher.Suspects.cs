namespace Zanshin.Dispatching;

/// <content>Messages that have come again although nobody here knows why (<see cref="Suspects"/>). All of it is called under the lock.</content>
internal sealed partial class Dispatcher
{
    private int _linesWithSuspects;

    // Whether it is one that stands aside for now.
    private bool StandsAside(Delivery delivery)
    {
        if (!delivery.IsSuspect || delivery.IsOut)
            return false;
        QueueLine line = delivery.Line;
        _linesWithSuspects += line.Suspects.Any ? 0 : 1;
        line.Suspects.Add(delivery, _surroundings.Now);
        line.Leases.WakeAt(delivery.Lease, line.Suspects.Until);
        Touch(line);
        return true;
    }

    private void EndSuspect(Delivery delivery)
    {
        if (!delivery.IsSuspect)
            return;
        QueueLine line = delivery.Line;
        bool any = line.Suspects.Any;
        Touch(line);
        line.Suspects.Ended(delivery, _surroundings.Now);
        _linesWithSuspects -= any && !line.Suspects.Any ? 1 : 0;
        Touch(line);
    }

    // Before slots are given: suspects whose moment has come.
    private void LetSuspectsIn()
    {
        if (_linesWithSuspects == 0 || _startsNone)
            return;
        TimeSpan now = _surroundings.Now;
        foreach (QueueLine line in _lines.FindAll(static l => l.Suspects.Any))
        {
            while (line.Suspects.Next(line.Running + line.Settling + line.Ready + line.OpenReceives > 0, now) is { } next)
            {
                // On a FIFO queue they come again with their heads whatever is done: those are run one after the other.
                if (!line.Fifo)
                    line.Suspects.TakeForGivingBack(line.MaxReceives, now).ForEach(GiveBack);
                MakeRunnable(next);
            }
        }
    }

    private void GiveBack(Delivery delivery)
    {
        SetAside(delivery);
        delivery.Life = _surroundings.Begin(delivery, _life.GiveBackAsync);
    }
}
