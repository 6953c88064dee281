using Microsoft.Extensions.Logging;
using Zanshin.Leasing;
using Zanshin.Observing;
using Zanshin.Pipeline;
using Zanshin.Timing;

namespace Zanshin.Dispatching;

/// <summary>
/// The life of a message, from its slot to its end. A crash at any point before the delete is confirmed has SQS deliver it
/// again when its lease ends.
/// <list type="number">
/// <item><b>Receive</b> (<see cref="Dispatcher.Accept(QueueLine, List{Amazon.SQS.Model.Message}, HandOut, Reservation)"/>).
/// A crash: nothing was done yet.</item>
/// <item><b>Hold</b> its lease, in the same place: from here it is extended until step 6.</item>
/// <item><b>Open</b> the message's scope. A crash: nothing was done yet.</item>
/// <item><b>Run</b> the pipeline around the handler to a verdict, then free the slot. A crash: the work may be half done;
/// it is done again.</item>
/// <item><b>Settle</b>: delete, give back, or reject. A crash before the delete is confirmed: the work is done twice.</item>
/// <item><b>Release</b> the lease and close the scope. After this nothing that belongs to the message is alive.</item>
/// </list>
/// </summary>
internal sealed class MessageLife(Dispatcher dispatcher, Surroundings surroundings)
{
    /// <summary>A FIFO head whose retry comes sooner is run again here, so that its group keeps its place.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);

    /// <summary>The same at its last receive, where going back is the end of it.</summary>
    private static readonly TimeSpan LongestLastRest = TimeSpan.FromMinutes(15);

    private const int MostLocalRuns = 3;

    private readonly Judge _judge = new(surroundings);

    public async Task LiveAsync(Run run)
    {
        dispatcher.GotThread(run);
        foreach (Task earlier in run.Earlier)
            await earlier;

        FindUnrun(run);
        EnterOwnThread(run);

        // 3. open
        using MessageScope scope = MessageScope.Open(run);

        // 4. run
        await RunAsync(run);
        run.Threads?.Leave();
        scope.Decided(run);
        dispatcher.EndRun(run);
        // Until here a stop could take the messages over: it gives them back, and their leases are its own.
        if (run.Orphaned)
        {
            Array.ForEach(run.Deliveries, static d => d.Verdict = Verdict.Nothing);
            Array.ForEach(run.Deliveries, dispatcher.Settled);
            return;
        }

        // 5. settle, 6. release
        if (run.Parts is [Part only])
            await EndAsync(only, run.Urgent);
        else
            await Task.WhenAll(Array.ConvertAll(run.Parts, part => EndAsync(part, run.Urgent && part == run.Parts[^1])));
    }

    /// <summary>
    /// The end of a message that is not run: it is made visible again, once its queue's last receive cannot take it back. One
    /// that rested before a retry stays invisible for the rest of that time.
    /// </summary>
    public async Task GiveBackAsync(Delivery delivery)
    {
        try
        {
            delivery.Verdict = Verdict.Return;
            await SettleAsync(delivery, urgent: true);
        }
        finally
        {
            delivery.Line.Leases.Release(delivery.Lease);
            dispatcher.Settled(delivery);
        }
    }

    /// <summary>
    /// Whether what a run leaves undone of a FIFO group is to be run again here: each receive of a head raises its receive
    /// count and costs its group its place.
    /// </summary>
    public static bool RestsHere(Part part)
    {
        if (part.Lane is null || Array.Exists(part.Deliveries, static d => d.Verdict.Kind is not VerdictKind.Delete and not VerdictKind.Retry))
            return false;
        return Array.Find(part.Deliveries, static d => d.Verdict.Kind == VerdictKind.Retry) is { } head && RestsHere(head);
    }

    /// <summary>Whether the retry of a FIFO group's head is short enough to be made here.</summary>
    public static bool RestsHere(Delivery head) =>
        MayRestAgain(head) && head.Verdict.Delay <= (Judge.RejectsAtLast(head) ? LongestLastRest : LongestRest);

    /// <summary>Whether a retry of it may still be made here, if it is short enough.</summary>
    public static bool MayRestAgain(Delivery head) => head.Lane is not null && head.LocalRuns < MostLocalRuns;

    // Before the scope is opened: what is measured at its begin is of runs.
    private void FindUnrun(Run run)
    {
        QueueLine line = run.Line;
        // Done before, but its delete was not confirmed: not to be done twice.
        foreach (Delivery delivery in run.Deliveries)
        {
            (delivery.Reached, delivery.Finding) = (false, null);
            delivery.Verdict = line.Unconfirmed.Contains(delivery.Id, surroundings.Now) ? Verdict.Delete with { Unrun = true }
                : delivery.IsEarly ? Verdict.Delete with { Unrun = true, Early = true }
                : default;
        }
    }

    private async Task RunAsync(Run run)
    {
        QueueLine line = run.Line;
        Delivery[] deliveries = run.Deliveries;
        if (Array.Exists(deliveries, static d => d.Verdict.Unrun))
            deliveries = Array.FindAll(deliveries, static d => !d.Verdict.Unrun);
        if (deliveries.Length > 0)
        {
            // Its handler may ask whether this is its last attempt.
            if (Array.Exists(deliveries, static d => d.ReceiveCount > 1))
                await Judge.LookAgainAsync(deliveries, rejects: false);
            // Time may have passed in which nothing here ran: a lease that is over is lost before its handler begins.
            if (surroundings.InDoubt)
                await surroundings.Doubt.EndedAsync();
            Array.ForEach(deliveries, static d => d.Line.Leases.Judge(d.Lease));
            run.TimeLimit = Routed(deliveries).Options?.TimeLimit ?? line.TimeLimit;
            if (run.TimeLimit is { } limit)
                line.Leases.LimitRun(run.Deliveries[0].Lease, surroundings.Now + limit);
            await HandleAsync(run, deliveries);
            if (run.TimeLimit is not null)
                line.Leases.LimitRun(run.Deliveries[0].Lease, TimeSpan.MaxValue);
        }
        await run.EndAsync();
    }

    // All of them here, where nobody else asks yet. One run has one handler.
    private static Routed Routed(Delivery[] deliveries)
    {
        Routed routed = deliveries[0].Routed;
        for (int i = 1; i < deliveries.Length; i++)
            routed = deliveries[i].Routed;
        return routed;
    }

    private async Task HandleAsync(Run run, Delivery[] deliveries)
    {
        QueueLine line = run.Line;
        var failures = new RunFailures(run, deliveries, _judge);
        UnreadableMessageException?[] unreadable = failures.Unreadable;
        // Inside of the DI scope, and only where there is somebody to be told.
        Func<Message[], Exception?, ValueTask>? failed = line.Failures.Any ? failures.TellAsync : null;
        try
        {
            if (run.CancelReason != CancelReason.None)
                throw new OperationCanceledException();
            if (line.Batches is not { } batches)
            {
                Outcome outcome = await OnThread(run, () => line.Pipeline.RunAsync(services => new Message(deliveries[0], services), deliveries[0].Routed, failed, run.Token));
                if (outcome.Kind != OutcomeKind.Done)
                    await Judge.LookAgainAsync(deliveries, outcome.Kind == OutcomeKind.Reject);
                deliveries[0].Verdict = _judge.Returned(deliveries[0], outcome);
            }
            else
            {
                BatchOutcome outcomes = await OnThread(run, () => batches.RunAsync(
                    services => Array.ConvertAll(deliveries, d => new Message(d, services)), unreadable, failed, run.Token));
                if (outcomes.NamesOthers(deliveries.Select(static d => d.Id)))
                    line.Logger.OutcomesOfOthers(line.Name);
                if (Array.Exists(deliveries, d => outcomes.Of(d.Id).Kind != OutcomeKind.Done))
                    await Judge.LookAgainAsync(deliveries, Array.Exists(deliveries, d => outcomes.Of(d.Id).Kind == OutcomeKind.Reject));
                for (int i = 0; i < deliveries.Length; i++)
                {
                    if (unreadable[i] is null)
                        deliveries[i].Verdict = _judge.Returned(deliveries[i], outcomes.Of(deliveries[i].Id));
                }
                await failures.JudgeUnreadableAsync();
            }
            // Of a handler that had nothing to read nothing can be said.
            if (unreadable.Length == 0 || Array.Exists(unreadable, static problem => problem is null))
                run.Well = true;
        }
        // The one place where exceptions become outcomes, outside all middleware.
        catch (OperationCanceledException exception) when (failures.IsGivenUp(exception))
        {
            foreach (Delivery delivery in deliveries)
                delivery.Verdict = delivery.LeaseGone ? Verdict.Nothing : Verdict.Return;
        }
        catch (Exception exception)
        {
            run.Failure = exception;
            if (await failures.JudgeAsync(exception) && failed is not null)
                await line.Failures.TellAsync(services => failures.Of(Array.ConvertAll(deliveries, d => new Message(d, services))), run.Token);
        }
    }

    // Before the scope is open: a thread that is begun for it belongs to no message.
    private static void EnterOwnThread(Run run)
    {
        QueueLine line = run.Line;
        if (line.Threads is null || !(Routed(run.Deliveries).Options?.RunOnOwnThreads ?? line.RunsOnOwnThreads))
            return;
        run.Threads = line.Threads;
        run.Threads.Enter();
    }

    private static ValueTask<T> OnThread<T>(Run run, Func<ValueTask<T>> call) =>
        run.Threads is { } threads ? new(threads.RunAsync(() => Noted(run, call).AsTask())) : Noted(run, call);

    // What has come back without a result has awaited something.
    private static ValueTask<T> Noted<T>(Run run, Func<ValueTask<T>> call)
    {
        run.FirstThread = Environment.CurrentManagedThreadId;
        ValueTask<T> running = call();
        run.FirstThread = 0;
        return running;
    }

    private async Task EndAsync(Part part, bool urgent)
    {
        QueueLine line = part.Deliveries[0].Line;
        urgent |= part.LastOfLane;
        try
        {
            if (Array.Find(part.Ending, static d => d.Verdict.Kind == VerdictKind.Retry) is { } retried)
                retried.Verdict = Judge.AfterLastReceive(retried, retried.Run?.Failure);
            // 5. settle
            if (part.Ending is [{ Verdict.Early: true } early])
                await CarryAsync(early);
            urgent |= await CopyRejectedAsync(part);
            if (part.Lane is null || part.Ending is [{ Verdict.Kind: VerdictKind.Delete }])
                await SettleAsync(part.Ending[0], urgent);
            else
                await SettleGroupAsync(part, urgent);
        }
        finally
        {
            // 6. release
            foreach (Delivery delivery in part.Ending)
                line.Leases.Release(delivery.Lease);
            if (!part.GroupGoesOn && !part.Rests)
                dispatcher.LeaveLane(part.Deliveries[0]);
            foreach (Delivery delivery in part.Ending)
                dispatcher.Settled(delivery);
        }
    }

    // A message that cannot be sent on waits where it is, as far as SQS lets it.
    private async Task CarryAsync(Delivery delivery)
    {
        if (!await delivery.Line.Settler.CarryAsync(delivery.Lease, delivery.Raw, delivery.Due!))
            delivery.Verdict = _judge.NotBefore(delivery.Due!.Due);
    }

    // What stands behind a message that goes back must not run before it: it goes back first, and at once. SQS keeps the group
    // locked until all of it is there.
    private async Task SettleGroupAsync(Part part, bool urgent)
    {
        Delivery? head = Array.Find(part.Ending, static d => d.Verdict.Kind is VerdictKind.Retry or VerdictKind.Return);
        if (head is not null)
            await Task.WhenAll(dispatcher.TakeFollowers(part.Deliveries[0]).ConvertAll(GiveBackAsync));
        Delivery[] others = Array.FindAll(part.Ending, d => d != head);
        await Task.WhenAll(Array.ConvertAll(others, delivery =>
        {
            delivery.Verdict = delivery.Verdict with { Delay = TimeSpan.Zero };
            // The last of them takes the others along.
            return SettleAsync(delivery, urgent && delivery == others[^1]);
        }));
        if (head is not null)
            await SettleAsync(head, urgent);
    }

    // A rejected message is deleted once its copy is in the dead-letter queue; until one can be made it is retried. The copies of a
    // group are made in its order, and none past one that could not be made.
    private async Task<bool> CopyRejectedAsync(Part part)
    {
        bool any = false, copied = true;
        foreach (Delivery delivery in part.Ending.Where(static d => d.Verdict.Kind == VerdictKind.Reject))
        {
            string reason = delivery.Verdict.Reason!;
            any = true;
            copied = copied && await delivery.Line.Settler.CopyAsync(delivery.Lease, delivery.Raw, reason, delivery.Attempt);
            if (copied)
                delivery.Line.Counts.Add(Count.Copied);
            delivery.Verdict = copied ? Verdict.Delete with { Reason = reason } : _judge.AfterFailedCopy(delivery);
        }
        return any;
    }

    private async Task SettleAsync(Delivery delivery, bool urgent)
    {
        QueueLine line = delivery.Line;
        Verdict verdict = delivery.Verdict;
        if (verdict.Kind == VerdictKind.Retry || (verdict.Kind == VerdictKind.Return && !delivery.IsSuspect))
            line.ComeAgain.Add(delivery.Id, surroundings.Now);
        double endsPerSecond = dispatcher.EndsPerSecond(line);
        switch (verdict.Kind)
        {
            case VerdictKind.Delete:
                if (!verdict.Unrun)
                {
                    line.Counts.Add(verdict.Reason is null ? Count.Done : Count.Rejected);
                    RunMeasures.Over(delivery);
                }
                if (await line.Settler.DeleteAsync(delivery.Lease, endsPerSecond, urgent))
                    break;
                line.Unconfirmed.Add(delivery.Id, surroundings.Now);
                line.Counts.Add(Count.Unconfirmed);
                line.Logger.Unconfirmed(delivery.Id, line.Name, verdict.Reason is null ? "done" : "rejected");
                break;

            case VerdictKind.Retry:
                line.Counts.Add(verdict.Last ? Count.LeftToRedrive : Count.Retried);
                if (verdict.Last)
                    RunMeasures.Over(delivery);
                await ReturnAsync(delivery, verdict.Delay, endsPerSecond, urgent);
                break;

            case VerdictKind.Return:
                line.Counts.Add(Count.Returned);
                if (Judge.IsLastReceive(delivery))
                    line.Logger.ReturnedAtLastReceive(delivery.Id, line.Name, delivery.ReceiveCount, line.MaxReceives);
                await line.LastPoll;
                TimeSpan rest = delivery.RestsUntil - surroundings.Now;
                await ReturnAsync(delivery, rest > TimeSpan.Zero ? rest : TimeSpan.Zero, endsPerSecond, urgent: true);
                break;

            case VerdictKind.Nothing:
                break;
        }
    }

    /// <summary>Makes a message visible after a time; where that is not confirmed, it is counted and said.</summary>
    public static async Task ReturnAsync(Delivery delivery, TimeSpan after, double endsPerSecond, bool urgent)
    {
        QueueLine line = delivery.Line;
        if (await line.Settler.ReturnAsync(delivery.Lease, after, endsPerSecond, urgent))
            return;
        line.Counts.Add(Count.UnsettledLost);
        line.Logger.NotReturned(delivery.Id, line.Name);
    }
}
