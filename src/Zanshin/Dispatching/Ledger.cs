using Microsoft.Extensions.Logging;
using Zanshin.Observing;
using Zanshin.Timing;

namespace Zanshin.Dispatching;

/// <summary>
/// The slots and permits of one group, in one place, so that none can leak unseen. Its equations are checked at every
/// change: slots == runs; permits == messages that run + wait + are asked for, at most what the slots can take + allowance;
/// unsettled at most 2 x what the slots can take + 20 of a queue. A slot takes one message, or a batch. Guarded by the dispatcher's lock.
/// </summary>
internal sealed class Ledger(int concurrency, Ceiling ceiling, OutsideCalls outside, ILogger logger)
{
    /// <summary>How far receives may run ahead of the slots at the very most.</summary>
    private const int MostPolls = 16;

    private readonly List<QueueLine> _lines = [];

    /// <summary>The largest batch of any queue.</summary>
    private int _batch = 1;

    private int _unsettledLimits;

    private int _heldLimits;

    /// <summary>The most slots there were at any time: what came then is still here.</summary>
    private int _most = concurrency;

    /// <summary>More than the slots only while runs go on that began when there were more.</summary>
    private int _mostRuns = concurrency;

    /// <summary>The group's slots.</summary>
    public int Concurrency { get; private set; } = concurrency;

    /// <summary>Slots taken.</summary>
    public int Runs { get; private set; }

    /// <summary>Slots that stay free for a queue whose limiter is being asked.</summary>
    public int Kept { get; private set; }

    /// <summary>Messages in these runs.</summary>
    public int Running { get; private set; }

    /// <summary>Messages that hold a lease and no slot yet.</summary>
    public int Waiting { get; private set; }

    /// <summary>Of those: the ones that only lack a slot, or company. The others wait for their group.</summary>
    public int Runnable { get; private set; }

    /// <summary>Asked for by open receives that reserve room.</summary>
    public int Asked { get; private set; }

    /// <summary>Run, and not settled yet.</summary>
    public int Settling { get; private set; }

    /// <summary>Not run, and being given back.</summary>
    public int GoingBack { get; private set; }

    public int Free => Math.Min(Math.Max(0, Concurrency - Runs - Kept), ceiling.Free);

    /// <summary>Whether the outcomes of another run of this queue will have room among the queue's unsettled: by queue, so that one whose deletes fail does not stop the others.</summary>
    public bool HasRoomToSettle(QueueLine line) => line.Running + line.Settling + line.Batch <= UnsettledLimit(line);

    /// <summary>Whether so many messages of a FIFO queue stand behind the head of their group that it gets no more.</summary>
    public bool HoldsTooMany(QueueLine line) => line.Waiting - line.Ready >= HeldLimit(line);

    /// <summary>What may be received beyond free slots, in slots, at the very most.</summary>
    public int MostAhead => Concurrency + MostPolls * SqsLimits.Batch;

    /// <summary>What may still be asked for before the permits are all given out.</summary>
    public int Room => Math.Max(0, Permits - Running - Waiting - Asked);

    public bool Broken { get; private set; }

    private int Permits => _batch * (2 * _most + MostPolls * SqsLimits.Batch) + _heldLimits;

    public void Add(QueueLine line)
    {
        _lines.Add(line);
        _batch = Math.Max(_batch, line.Batch);
        AddLimits(line);
    }

    public void Resize(int concurrency)
    {
        Concurrency = concurrency;
        _mostRuns = Math.Max(concurrency, Runs);
        if (concurrency <= _most)
            return;
        _most = concurrency;
        (_unsettledLimits, _heldLimits) = (0, 0);
        foreach (QueueLine line in _lines)
            AddLimits(line);
    }

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

    public void StandInLine()
    {
        Runnable++;
        Check();
    }

    public void LeaveLine() => Runnable = Checked(Runnable - 1);

    /// <summary>A waiting message is given back or lost.</summary>
    public void Leave() => Waiting = Checked(Waiting - 1);

    public void BeginRun(int messages)
    {
        Runs++;
        ceiling.BeginRun();
        Waiting = Checked(Waiting - messages);
        Running += messages;
        Check();
    }

    public void Keep()
    {
        Kept++;
        ceiling.Keep();
    }

    public void KeepNot()
    {
        Kept = Checked(Kept - 1);
        ceiling.KeepNot();
    }

    /// <summary>A run has ended: its slot is free. Of each of its messages <see cref="Rest"/> or <see cref="Settle"/> was said first.</summary>
    public void EndRun()
    {
        Runs = Checked(Runs - 1);
        ceiling.EndRun();
        _mostRuns = Math.Max(Concurrency, Math.Min(_mostRuns, Runs));
        if (Running < Runs)
            Break($"{Runs} runs of {Running} messages");
        Check();
    }

    /// <summary>It waits again, for a local retry.</summary>
    public void Rest()
    {
        Running = Checked(Running - 1);
        Waiting++;
        Check();
    }

    /// <summary>Its outcome is to be settled.</summary>
    public void Settle()
    {
        Running = Checked(Running - 1);
        Settling++;
        Check();
    }

    public void GoBack() => GoingBack++;

    public void Back() => GoingBack = Checked(GoingBack - 1);

    public void Settled() => Settling = Checked(Settling - 1);

    private int UnsettledLimit(QueueLine line) => 2 * _most * line.Batch + 20;

    // A receive may bring ten of one group, of which one can run: for every slot nine more are held.
    private int HeldLimit(QueueLine line) => Math.Max(UnsettledLimit(line), line.Fifo ? (SqsLimits.Batch - 1) * _most : 0);

    private void AddLimits(QueueLine line)
    {
        _unsettledLimits += UnsettledLimit(line);
        _heldLimits += HeldLimit(line);
    }

    private void Check()
    {
        if (Runs > _mostRuns)
            Break($"{Runs} runs on {Concurrency} slots");
        if (Running > Runs * _batch)
            Break($"{Running} messages in {Runs} runs of at most {_batch}");
        if (Runnable > Waiting)
            Break($"{Runnable} runnable of {Waiting} waiting messages");
        if (Settling > _unsettledLimits)
            Break($"{Settling} unsettled messages of {_lines.Count} queues, at most {_unsettledLimits}");
        if (Running + Waiting + Asked > Permits + _lines.Count * SqsLimits.Batch)
            Break($"{Running} running, {Waiting} waiting and {Asked} asked for are over the permits");
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
        outside.Post(() => logger.BrokenInvariant(what));
    }
}
