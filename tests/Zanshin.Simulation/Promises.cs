using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>
/// What the worker promises, checked while a seed is played:
/// <list type="number">
/// <item>only what is done is deleted, and only what is rejected is copied;</item>
/// <item>no message is run twice at once in one process, nor by two processes while the first still has its lease;</item>
/// <item>the messages of a FIFO group are run in their order, whoever runs them;</item>
/// <item>a retry comes no sooner than was asked for, where nothing is lost;</item>
/// <item>a lease is true: while the worker believes in one, the queue shows the message to nobody else;</item>
/// <item>the equations hold, and the worker's runs are the handlers that are inside;</item>
/// <item>who has lost a lease is told;</item>
/// <item>a process that is quiet receives nothing; one that has stopped calls nobody;</item>
/// <item>a stop ends in its time, leaves nothing but handlers that ignore their token, names those, and leaves no message invisible where the queue notices that a caller has gone; with nothing to do it takes 2 s at most;</item>
/// <item>no queue starves, and the trouble of one is not that of another;</item>
/// <item>no slot stays free for longer than a few round trips while a message could be received for it (<see cref="Simulation.FreeSlots"/>);</item>
/// <item>in the end everything is done, and nothing is left: no timer, lease, task or slot (<see cref="Run"/>).</item>
/// </list>
/// Where it cannot be thrown, the first that is broken is kept until <see cref="ThrowIfBroken"/>.
/// </summary>
internal sealed class Promises
{
    /// <summary>What a visible message waits at most where handlers are quick; beyond it, a multiple of the longest run.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>A worker that has nothing to do stops within this.</summary>
    private static readonly TimeSpan IdleStop = TimeSpan.FromSeconds(2);

    private readonly Plan _plan;
    private readonly VirtualTime _time;
    private readonly EventLog _log;
    private readonly List<Inside> _inside = [];
    private readonly HashSet<string> _dead = [];
    private readonly HashSet<string> _still = [];
    private readonly long[] _takenAt;
    private int _runs;
    private BrokenPromiseException? _broken;

    public Promises(Plan plan, VirtualTime time, EventLog log)
    {
        (_plan, _time, _log) = (plan, time, log);
        Queues = new QueueMirror(plan) { Received = Received, Deleted = Deleted, Copied = Copied };
        Equations = new Equations(plan, this);
        FreeSlots = new FreeSlots(plan, this);
        _takenAt = [.. plan.Queues.Select(_ => Now)];
    }

    public QueueMirror Queues { get; }

    private long Now => _time.GetUtcNow().UtcTicks;

    private Equations Equations { get; }

    private FreeSlots FreeSlots { get; }

    public IEnumerable<Inside> InsideOf(string process) => _inside.Where(i => i.Process == process && !i.Ended);

    // --- What happens ---

    /// <summary>A handler begins.</summary>
    /// <param name="messages">A single one, or all of a batch.</param>
    public Inside[] Begins(string process, IReadOnlyList<Message> messages)
    {
        _runs++;
        Inside[] run = [.. messages.Select(message => new Inside(process, _runs, Queues.ById(message.Id), message))];
        if (run.Length > run[0].Message.Queue.Batch)
            Broken($"{process} runs {run.Length} messages of {run[0].Message.Queue.Name} at once");
        foreach (Inside begun in run)
        {
            begun.Message.ToBeRetried = false;
            _log.Add($"{process} begins {begun.Message}{(run.Length > 1 ? $" in batch {_runs}" : "")}");
            NeverTwiceAtOnce(begun);
            InOrder(begun);
            NotTooSoon(begun);
            _inside.Add(begun);
        }
        LeasesAreTrue();
        return run;
    }

    /// <summary>A handler has ended. One that is done is watched until its delete is confirmed: its lease must hold so long.</summary>
    /// <param name="again">After what time a retry was asked for.</param>
    public void Ends(Inside run, string how, OutcomeKind kind, TimeSpan again = default)
    {
        _log.Add($"{run.Process} ends {run.Message}: {how}");
        run.Ended = true;
        run.Message.Done |= kind == OutcomeKind.Done;
        run.Message.Rejected |= kind == OutcomeKind.Reject;
        run.Message.ToBeRetried = kind != OutcomeKind.Done;
        run.Message.NotBefore = run.Left > TimeSpan.Zero ? Now + again.Ticks : 0;
        if (kind != OutcomeKind.Done)
            _inside.Remove(run);
        LeasesAreTrue();
    }

    /// <summary>A process is dead: what its handlers go on doing is nobody's.</summary>
    public void Died(string process)
    {
        _dead.Add(process);
        _inside.RemoveAll(i => i.Process == process);
        _log.Add($"{process} dies");
    }

    public bool IsDead(string process) => _dead.Contains(process);

    /// <summary>Nothing of a process runs, or it runs again.</summary>
    public void StandsStill(string process, bool still)
    {
        if (still)
            _still.Add(process);
        else
            _still.Remove(process);
    }

    public void ShowsTwice(Known message) => message.ShownTwice = true;

    private void Received(Known message)
    {
        _log.Add($"{message} is received: #{message.Receipt} for {TimeSpan.FromTicks(message.VisibleAt - Now).TotalSeconds:0.###} s");
        _takenAt[message.Queue.Index] = Now;
        FreeSlots.Lessens(message.Queue, Now);
        foreach (Inside run in _inside)
        {
            if (run.Message == message && IsToBeTrue(run) && run.Left > _plan.Unsure(message.Queue))
                Broken($"{message} is received again while {run} has its lease for another {run.Left}");
        }
    }

    private void Deleted(Known message)
    {
        _log.Add($"{message} is deleted");
        FreeSlots.Lessens(message.Queue, Now);
        if (!message.MayBeDeleted)
            Broken($"{message} is deleted, and neither done nor copied");
    }

    private void Copied(Known message)
    {
        _log.Add($"{message} is copied");
        if (message is { Rejected: false, Unreadable: false } && !HadItsLastReceive(message))
            Broken($"{message} is copied to the dead-letter queue, and was not rejected");
    }

    // What is to be retried at a message's last receive is rejected, so that the dead letter has its reason; on a FIFO queue also lest its group goes along.
    private static bool HadItsLastReceive(Known message) => message is { ToBeRetried: true, Queue: { Reject: RejectPolicy.DeadLetter, DeadLetters: true } }
        && message.Receives >= message.Queue.MaxReceives;

    // --- The promises ---

    private void NeverTwiceAtOnce(Inside run)
    {
        foreach (Inside other in _inside)
        {
            if (other.Ended || other.Message != run.Message)
                continue;
            if (other.Process == run.Process)
                Broken($"{run.Process} runs {run.Message} twice at once");
            else if (IsToBeTrue(other) && IsToBeTrue(run) && other.Left > _plan.Unsure(run.Message.Queue))
                Broken($"{run.Process} runs {run.Message} while {other.Process} has its lease for another {other.Left}");
        }
    }

    private void InOrder(Inside run)
    {
        if (run.Message.Group is null)
            return;
        foreach (Known earlier in Queues.GroupOf(run.Message))
        {
            if (earlier == run.Message)
                break;
            // A batch has several of a group, in their order.
            if (!earlier.Gone && !earlier.MayBeDeleted && !_inside.Exists(i => i.Run == run.Run && i.Message == earlier))
                Broken($"{run.Process} runs {run.Message} before {earlier} is done");
        }
    }

    // In a batch those of a group that stand behind its first come when it comes. What comes after hours is cut short by SQS.
    private void NotTooSoon(Inside run)
    {
        Known message = run.Message;
        bool own = message.Group is null || message.Queue.Batch == 1;
        if (own && Now < message.NotBefore && _plan is { Fair: true, Deaths: 0, Stops: 0, Hours: false })
            Broken($"{run.Process} runs {message} {TimeSpan.FromTicks(message.NotBefore - Now)} before its retry is due");
    }

    private void LeasesAreTrue()
    {
        for (int i = _inside.Count - 1; i >= 0; i--)
        {
            Inside run = _inside[i];
            TimeSpan left = run.Left - _plan.Unsure(run.Message.Queue);
            if (left < TimeSpan.Zero)
                left = TimeSpan.Zero;
            if (run.Ended && (left == TimeSpan.Zero || run.Message.Gone))
            {
                _inside.RemoveAt(i);
                continue;
            }
            if (left == TimeSpan.Zero || !IsToBeTrue(run))
                continue;
            if (run.Message.Gone)
                Broken($"{run} has a lease for another {left}, and the message is gone");
            else if (run.Message.VisibleAt < Now + left.Ticks)
                Broken($"{run} believes in its lease for another {left}, the queue for {TimeSpan.FromTicks(run.Message.VisibleAt - Now)}");
        }
    }

    // Not where the queue delivers twice on purpose. Who stands still believes nothing; once it runs again it must be right.
    private bool IsToBeTrue(Inside run) => !run.Message.ShownTwice && !_still.Contains(run.Process);

    /// <summary>After every step of a process.</summary>
    public void Step(Process process)
    {
        LeasesAreTrue();
        if (!process.Started || IsDead(process.Name))
            return;
        WorkerStatus status = process.Worker.GetStatus();
        Equations.Hold(process, status);
        FreeSlots.Look(process, status, Now);
    }

    /// <summary>When nothing is left to run at this moment: what the worker counts is what is.</summary>
    public void RunsAreKnown(Process process)
    {
        if (process.Started && !IsDead(process.Name))
            Equations.AreKnown(process);
    }

    /// <summary>When nothing is left to run at this moment. The loop may wake a millisecond late.</summary>
    public void LossesAreTold(Func<string, bool> inDoubt)
    {
        foreach (Inside run in _inside)
        {
            // Without a lease for certain: while its clock is in doubt, its worker asks.
            if (run.Ended || run.Left > TimeSpan.Zero || _still.Contains(run.Process) || inDoubt(run.Process))
                run.WithoutLease = null;
            else if ((run.WithoutLease ??= Now) < Now - TimeSpan.FromMilliseconds(10).Ticks && !run.IsCancelled)
                Broken($"{run} has no lease, and its handler was not told");
        }
    }

    /// <summary>A call of a process is on its way.</summary>
    public void Calls(Process process, string action, string queue)
    {
        if (IsDead(process.Name))
            return;
        // A stop asks a FIFO queue once more for what it gave to an abandoned receive.
        if (process is { IsQuiet: true, IsStopping: false } && action == "ReceiveMessage")
            Broken($"{process.Name} receives from {queue} while it is quiet");
        // Its sender is the application's, and outlives the worker.
        if (process.HasStopped && action is not ("SendMessageBatch" or "GetQueueUrl" or "GetQueueAttributes"))
            Broken($"{process.Name} calls {action} on {queue} after its stop");
    }

    /// <summary>A receive is on its way that will fail, or come late.</summary>
    public void TroubleBegins(Process process, string queue) => FreeSlots.TroubleBegins(process, Named(queue));

    /// <summary>That receive is over.</summary>
    public void TroubleEnds(Process process, string queue) => FreeSlots.TroubleEnds(process, Named(queue));

    /// <summary>The queue has answered a receive.</summary>
    public void Answers(Process process, string queue, int messages, DateTimeOffset called) => FreeSlots.Answers(process, Named(queue), messages, called.UtcTicks, Now);

    /// <summary>When nothing is left to run at this moment.</summary>
    /// <param name="processes">Those that live.</param>
    /// <param name="disturbed">The queues that are not to be blamed now.</param>
    public void NoneStarves(IReadOnlyList<Process> processes, Func<PlannedQueue, bool> disturbed)
    {
        TimeSpan longest = Patience + 20 * (_plan.LongestRun > TimeSpan.FromSeconds(10) ? _plan.LongestRun : TimeSpan.FromSeconds(10));
        bool nobody = processes.Count == 0 || processes.Any(static p => p.IsQuiet || !p.Started || p.Clock.StandsStill);
        foreach (PlannedQueue queue in _plan.Queues)
        {
            ref long since = ref _takenAt[queue.Index];
            if (nobody || disturbed(queue) || !Queues.HasReceivable(queue, Now))
                since = Now;
            else if (Now - since > longest.Ticks)
                Broken($"{queue.Name} has had messages for {longest}, and nobody received them");
        }
    }

    /// <summary>A broken queue is known to be broken, and the others are not blamed for it.</summary>
    public void HealthIsTrue(Process process)
    {
        foreach (QueueStatus queue in process.Worker.GetStatus().Queues)
        {
            bool broken = queue.Name == _plan.Broken!.Name;
            // Where runs of hours have all slots, nobody asks it, and nobody can know.
            if (broken && !_plan.Hours && queue.Health != QueueHealth.Unhealthy)
                Broken($"{process.Name} says that {queue.Name} is {queue.Health}, and nothing of it works");
            if (!broken && queue.Health == QueueHealth.Unhealthy)
                Broken($"{process.Name} says that {queue.Name} is unhealthy, and it works");
        }
    }

    /// <summary>A process has stopped, and nothing is left to run at this moment.</summary>
    /// <param name="idle">It had nothing to do when the stop began.</param>
    /// <param name="alone">No other process lives.</param>
    public void StopLeavesNothing(Process process, TimeSpan took, TimeSpan limit, bool idle, bool alone)
    {
        WorkerStatus status = process.Worker.GetStatus();
        _log.Add($"{process.Name} has stopped after {took.TotalSeconds:0.###} s, {status.Running} running");
        if (took > limit + TimeSpan.FromMilliseconds(50))
            Broken($"{process.Name} took {took} to stop, of {limit}");
        if (IsDead(process.Name))
            return;
        if (idle && _plan.Fair && took > IdleStop && _plan.Queues.All(static q => q.Visibility <= TimeSpan.FromMinutes(2)))
            Broken($"{process.Name} had nothing to do and took {took} to stop");
        List<Inside> orphans = [.. InsideOf(process.Name)];
        int runs = orphans.DistinctBy(static o => o.Run).Count();
        if (status.SlotsUsed != runs || status.TasksAlive != runs || status is not { Waiting: 0, Settling: 0 } || status.Queues.Any(static q => q.LeasesHeld > 0))
            Broken($"{process.Name} leaves something behind its {runs} orphans: {status} {string.Join(' ', status.Queues)}");
        Equations.AreKnown(process);
        foreach (Inside orphan in orphans)
        {
            if (!process.NamedOrphans.Contains($"{orphan.Message.Queue.Name}/{orphan.Message.Id}", StringComparison.Ordinal))
                Broken($"{process.Name} does not name its orphan {orphan.Message}");
        }
        // Alone, undisturbed, and with time for its last receives, a stop leaves no message invisible but for a retry's delay, where the queue notices that receives are abandoned.
        if (!alone || !_plan.NoticesGone || !_plan.Fair || _plan.Deaths > 0 || process.Hurried || _plan.ShutdownTimeout < TimeSpan.FromSeconds(30))
            return;
        if (Queues.Messages.FirstOrDefault(m => !m.Gone && m is { ToBeRetried: false, Unreadable: false } && m.VisibleAt > Now) is { } hidden)
            Broken($"{process.Name} has stopped and leaves {hidden} invisible for another {TimeSpan.FromTicks(hidden.VisibleAt - Now)}");
    }

    /// <summary>At the very end: orphans have ended as well.</summary>
    public void NothingIsLeft(Process process)
    {
        WorkerStatus status = process.Worker.GetStatus();
        if (status is not { SlotsUsed: 0, Running: 0, Waiting: 0, Settling: 0, TasksAlive: 0, Sound: true } || status.Queues.Any(static q => q.LeasesHeld > 0))
            Broken($"{process.Name} has left something behind: {status} {string.Join(' ', status.Queues)}");
    }

    private PlannedQueue Named(string queue) => _plan.Queues.First(q => q.Name == queue);

    public void ThrowIfBroken()
    {
        if (_broken is not null)
            throw _broken;
    }

    public void Broken(string promise)
    {
        _log.Add($"BROKEN: {promise}");
        _broken ??= new BrokenPromiseException(promise);
    }
}
