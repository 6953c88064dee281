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
/// <item><b>Receive</b> (<see cref="Dispatcher.Accept(QueueLine, List{Amazon.SQS.Model.Message}, TimeSpan, TimeSpan, TimeSpan, int)"/>).
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

    private const int MostLocalRuns = 3;

    public async Task LiveAsync(Delivery delivery)
    {
        QueueLine line = delivery.Line;
        if (delivery.After is { } earlier)
            await earlier.Life;

        // 3. open
        using MessageScope scope = MessageScope.Open(delivery);

        // 4. run
        Verdict verdict = await RunAsync(delivery);
        scope.Decided(verdict);
        if (verdict.Kind == VerdictKind.Retry && RestsHere(delivery, verdict))
            return;
        // A group goes on at once only where this message cannot come before it again.
        bool groupGoesOn = verdict.Kind is VerdictKind.Delete or VerdictKind.Nothing;
        bool urgent = dispatcher.FreeSlot(delivery, groupGoesOn);
        // Until here a stop could give the message back in its place.
        if (delivery.Orphaned)
            verdict = Verdict.Nothing;

        try
        {
            // 5. settle
            if (verdict.Kind == VerdictKind.Reject)
                (verdict, urgent) = (await CopyAsync(delivery, verdict.Reason!), true);
            // What stands behind a message that goes back must not run before it.
            if (verdict.Kind is VerdictKind.Retry or VerdictKind.Return)
                await Task.WhenAll(dispatcher.TakeFollowers(delivery).ConvertAll(GiveBackAsync));
            await SettleAsync(delivery, verdict, urgent);
        }
        finally
        {
            // 6. release
            line.Leases.Release(delivery.Lease);
            if (!groupGoesOn)
                dispatcher.LeaveLane(delivery);
            dispatcher.Settled(delivery);
        }
    }

    /// <summary>The end of a message that is not run: it is made visible again, once its queue's last receive cannot take it back.</summary>
    public async Task GiveBackAsync(Delivery delivery)
    {
        try
        {
            await SettleAsync(delivery, Verdict.Return, urgent: true);
        }
        finally
        {
            delivery.Line.Leases.Release(delivery.Lease);
            dispatcher.Settled(delivery);
        }
    }

    private async Task<Verdict> RunAsync(Delivery delivery)
    {
        QueueLine line = delivery.Line;
        // Done before, but its delete was not confirmed: not to be done twice.
        if (line.Unconfirmed.Contains(delivery.Id, surroundings.Now))
            return Verdict.Delete with { Unrun = true };
        CancellationToken cancel = delivery.BeginRun();
        if (line.TimeLimit is { } limit)
            line.Leases.LimitRun(delivery.Lease, surroundings.Now + limit);
        Verdict verdict;
        try
        {
            cancel.ThrowIfCancellationRequested();
            Outcome outcome = await line.Pipeline.RunAsync(services => new Message(delivery, services), cancel);
            verdict = Judge(delivery, outcome, null);
        }
        // The one place where exceptions become outcomes, outside all middleware.
        catch (OperationCanceledException) when (delivery.CancelReason == CancelReason.Stopping)
        {
            verdict = Verdict.Return;
        }
        catch (OperationCanceledException) when (delivery.CancelReason == CancelReason.LeaseLost)
        {
            verdict = Verdict.Nothing;
        }
        catch (Exception exception)
        {
            line.Counts.Add(Count.FailedRuns);
            bool reject = exception is UnreadableMessageException || line.RejectOn.Any(type => type.IsInstanceOfType(exception));
            verdict = Judge(delivery, reject ? Outcome.Reject(Reason(exception)) : Outcome.Retry(), exception);
        }
        if (line.TimeLimit is not null)
            line.Leases.LimitRun(delivery.Lease, TimeSpan.MaxValue);
        await delivery.EndRunAsync();
        return verdict;
    }

    private Verdict Judge(Delivery delivery, Outcome outcome, Exception? exception)
    {
        QueueLine line = delivery.Line;
        if (outcome.Kind == OutcomeKind.Done)
            return Verdict.Delete;
        if (delivery.CancelReason == CancelReason.LeaseLost)
            return Verdict.Nothing;
        if (outcome.Kind == OutcomeKind.Reject)
        {
            RejectPolicy policy = line.Reject == RejectPolicy.DeadLetter && !line.Settler.CanReject ? RejectPolicy.Redrive : line.Reject;
            // What made a body unreadable may quote it.
            line.Logger.RunRejected(exception is UnreadableMessageException ? null : exception, delivery.Id, line.Name, delivery.Attempt, policy, outcome.Reason!);
            if (policy == RejectPolicy.Delete)
                return Verdict.Delete with { Reason = outcome.Reason };
            if (policy == RejectPolicy.DeadLetter)
                return new Verdict(VerdictKind.Reject, Reason: outcome.Reason);
            return new Verdict(VerdictKind.Retry, WholeSeconds(Scheduled(line, delivery.Attempt, exception)));
        }
        TimeSpan delay = WholeSeconds(outcome.Delay ?? Scheduled(line, delivery.Attempt, exception));
        if (exception is not null)
            line.Logger.RunFailed(exception, delivery.Id, line.Name, delivery.Attempt, delay);
        return new Verdict(VerdictKind.Retry, delay);
    }

    private static TimeSpan WholeSeconds(TimeSpan delay) =>
        delay < SqsLimits.MaxVisibility ? TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling(delay.TotalSeconds))) : SqsLimits.MaxVisibility;

    private TimeSpan Scheduled(QueueLine line, int attempt, Exception? exception)
    {
        try
        {
            return line.Retry.After(attempt, exception, surroundings.Dice());
        }
        catch (Exception failed)
        {
            line.Logger.ScheduleFailed(failed, line.Name);
            return Backoff.Standard.After(attempt, exception, surroundings.Dice());
        }
    }

    // Each receive of a FIFO head raises its receive count and costs its group its place: a short retry stays here.
    private bool RestsHere(Delivery delivery, Verdict verdict)
    {
        if (delivery.Lane is null || delivery.LocalRuns >= MostLocalRuns || verdict.Delay > LongestRest)
            return false;
        bool rests = dispatcher.Rest(delivery, surroundings.Now + verdict.Delay);
        if (rests)
            delivery.Line.Counts.Add(Count.Retried);
        return rests;
    }

    // A rejected message is deleted once its copy is in the dead-letter queue; until one can be made it is retried.
    private async Task<Verdict> CopyAsync(Delivery delivery, string reason) =>
        await delivery.Line.Settler.CopyAsync(delivery.Lease, delivery.Raw, reason, delivery.Attempt)
            ? Verdict.Delete with { Reason = reason }
            : new Verdict(VerdictKind.Retry, WholeSeconds(Scheduled(delivery.Line, delivery.Attempt, null)));

    private async Task SettleAsync(Delivery delivery, Verdict verdict, bool urgent)
    {
        QueueLine line = delivery.Line;
        double endsPerSecond = dispatcher.EndsPerSecond(line);
        switch (verdict.Kind)
        {
            case VerdictKind.Delete:
                if (!verdict.Unrun)
                    line.Counts.Add(verdict.Reason is null ? Count.Done : Count.Rejected);
                if (await line.Settler.DeleteAsync(delivery.Lease, endsPerSecond, urgent))
                    break;
                line.Unconfirmed.Add(delivery.Id, surroundings.Now);
                line.Counts.Add(Count.Unconfirmed);
                line.Logger.Unconfirmed(delivery.Id, line.Name);
                break;

            case VerdictKind.Retry:
                line.Counts.Add(Count.Retried);
                await ReturnAsync(delivery, verdict.Delay, endsPerSecond, urgent);
                break;

            case VerdictKind.Return:
                line.Counts.Add(Count.Returned);
                await line.LastPoll;
                await ReturnAsync(delivery, TimeSpan.Zero, endsPerSecond, urgent: true);
                break;

            case VerdictKind.Nothing:
                break;
        }
    }

    private static async Task ReturnAsync(Delivery delivery, TimeSpan after, double endsPerSecond, bool urgent)
    {
        QueueLine line = delivery.Line;
        if (await line.Settler.ReturnAsync(delivery.Lease, after, endsPerSecond, urgent))
            return;
        line.Counts.Add(Count.UnsettledLost);
        line.Logger.NotReturned(delivery.Id, line.Name);
    }

    // An unreadable body's own exception may quote it; ours does not.
    private static string Reason(Exception exception)
    {
        try
        {
            return exception is UnreadableMessageException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}";
        }
        catch (Exception)
        {
            return exception.GetType().Name;
        }
    }
}
