using Microsoft.Extensions.Logging;
using Zanshin.Observing;

namespace Zanshin.Dispatching;

/// <summary>
/// The slots and permits of one group, in one place, so that none can leak unseen. Its equations are checked at every
/// change: slots == runs; permits == runs + waiting + asked for, at most concurrency + allowance; unsettled at most
/// 2 x concurrency + 20 of a queue. Guarded by the dispatcher's lock.
/// </summary>
internal sealed class Ledger(int concurrency, ILogger logger)
{
    /// <summary>How far receives may run ahead of the slots at the very most.</summary>
    private const int MostPolls = 16;

    public int Concurrency => concurrency;

    /// <summary>Slots taken.</summary>
    public int Running { get; private set; }

    /// <summary>Messages that hold a lease and no slot yet.</summary>
    public int Waiting { get; private set; }

    /// <summary>Of those: the ones that only lack a slot. The others wait for their group.</summary>
    public int Runnable { get; private set; }

    /// <summary>Asked for by open receives that reserve room.</summary>
    public int Asked { get; private set; }

    /// <summary>Run, and not settled yet.</summary>
    public int Settling { get; private set; }

    /// <summary>Not run, and being given back.</summary>
    public int GoingBack { get; private set; }

    public int Free => concurrency - Running;

    public int UnsettledLimit => 2 * concurrency + 20;

    /// <summary>Whether another run of this queue may begin: its outcome will have room among the queue's unsettled.</summary>
    public bool MayStart(QueueLine line) => Running < concurrency && HasRoomToSettle(line);

    /// <summary>By queue, so that one whose deletes fail does not stop the others.</summary>
    public bool HasRoomToSettle(QueueLine line) => line.Running + line.Settling < UnsettledLimit;

    /// <summary>What may be received beyond free slots, at the very most.</summary>
    public int MostAhead => concurrency + MostPolls * SqsLimits.Batch;

    /// <summary>How many FIFO messages may stand behind the head of their group.</summary>
    public int MostBlocked => 2 * concurrency + 20;

    /// <summary>Queues of this group; each may have one idle receive open, which reserves nothing and brings up to ten.</summary>
    public int Queues { get; set; }

    /// <summary>What may still be asked for before the permits are all given out.</summary>
    public int Room => Running + Waiting + Asked >= Permits ? 0 : Permits - Running - Waiting - Asked;

    private int Permits => concurrency + MostAhead + MostBlocked;

    public bool Broken { get; private set; }

    public void Ask(int messages)
    {
        Asked += messages;
        Check();
    }

    public void Answer(int messages) => Asked = Checked(Asked - messages);

    public void Arrive()
    {
        Waiting++;
        Check();
    }

    public void BecomeRunnable()
    {
        Runnable++;
        Check();
    }

    public void Start()
    {
        Runnable = Checked(Runnable - 1);
        Waiting = Checked(Waiting - 1);
        Running++;
        Check();
    }

    /// <summary>A run ended and its message waits again, for a local retry.</summary>
    public void Rest()
    {
        Running = Checked(Running - 1);
        Waiting++;
        Check();
    }

    /// <summary>A run ended: its slot is free, its outcome is to be settled.</summary>
    public void Settle()
    {
        Running = Checked(Running - 1);
        Settling++;
        Check();
    }

    /// <summary>A waiting message is given back or lost.</summary>
    public void Leave(bool runnable)
    {
        Waiting = Checked(Waiting - 1);
        if (runnable)
            Runnable = Checked(Runnable - 1);
    }

    public void GoBack() => GoingBack++;

    public void Back() => GoingBack = Checked(GoingBack - 1);

    public void Settled() => Settling = Checked(Settling - 1);

    private void Check()
    {
        if (Running > concurrency)
            Break($"{Running} runs on {concurrency} slots");
        if (Runnable > Waiting)
            Break($"{Runnable} runnable of {Waiting} waiting messages");
        if (Settling > UnsettledLimit * Queues)
            Break($"{Settling} unsettled messages of {Queues} queues, at most {UnsettledLimit} each");
        if (Running + Waiting + Asked > Permits + Queues * SqsLimits.Batch)
            Break($"{Running} runs, {Waiting} waiting and {Asked} asked for are over the permits");
    }

    private int Checked(int value)
    {
        if (value < 0)
            Break("a count of the ledger fell below zero");
        return value;
    }

    private void Break(string what)
    {
        Broken = true;
        logger.BrokenInvariant(what);
    }
}
