using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>What the handlers of one process do: drawn anew for every run.</summary>
internal sealed class Handlers(Process process, Plan plan, Weather weather, Random dice, VirtualTime time, Promises promises, Sabotage sabotage) : IHandle<string>
{
    private static int s_drawnBefore;

    // Not async itself, so that a handler may throw before it returns a task.
    public ValueTask<Outcome> HandleAsync(Message<string> message, CancellationToken cancel)
    {
        if (promises.IsDead(process.Name))
            return new(Outcome.Retry());
        Inside run = promises.Begins(process.Name, message);
        if (sabotage == Sabotage.CountsTwice)
            promises.Begins(process.Name, message);
        promises.Step(process);
        if (Fails() && dice.OneIn(5))
        {
            Ends(run, "throws at once", OutcomeKind.Retry);
            throw new DrawnException();
        }
        return WorkAsync(run, message, cancel);
    }

    private async ValueTask<Outcome> WorkAsync(Inside run, Message<string> message, CancellationToken cancel)
    {
        (string how, OutcomeKind kind) = ("cancelled", OutcomeKind.Retry);
        try
        {
            bool heeds = dice.Next(100) >= plan.IgnoresTokenPer100;
            TimeSpan work = Work(run);
            if (sabotage == Sabotage.LosesRun)
                promises.Ends(run, "is lost", OutcomeKind.Retry);
            if (sabotage == Sabotage.LeavesTimer && run.Message.Body.EndsWith(":1", StringComparison.Ordinal))
                time.CreateTimer(static _ => { }, null, TimeSpan.FromDays(1), TimeSpan.FromDays(1));
            if (sabotage == Sabotage.OrphanUnnoted)
            {
                promises.Ends(run, "is not noted", OutcomeKind.Retry);
                (work, heeds) = (TimeSpan.FromHours(1), false);
            }
            await WorkAsync(message, work, heeds ? cancel : CancellationToken.None);
            Outcome outcome = Fails() ? Failure(run.Message.Queue) : Outcome.Done;
            (how, kind) = (outcome.ToString(), outcome.Kind);
            if (sabotage == Sabotage.DoneUnnoted || (sabotage == Sabotage.RejectUnnoted && kind == OutcomeKind.Reject))
                kind = OutcomeKind.Retry;
            return outcome;
        }
        catch (Exception exception) when (exception is DrawnException or LeaseLostException)
        {
            how = $"throws {exception.GetType().Name}";
            if (exception is HopelessException && run.Message.Queue.RejectsByException)
                kind = OutcomeKind.Reject;
            throw;
        }
        finally
        {
            Ends(run, how, kind);
        }
    }

    private async Task WorkAsync(Message<string> message, TimeSpan work, CancellationToken cancel)
    {
        if (dice.Next(100) >= plan.ExtendsPer100)
        {
            await Task.Delay(work, time, cancel);
            return;
        }
        TimeSpan before = work * dice.NextDouble();
        await Task.Delay(before, time, cancel);
        // Also shorter than what is left, and as long as SQS allows.
        TimeSpan by = dice.OneIn(50) ? TimeSpan.FromHours(12) : dice.Seconds(1, 60);
        await message.Lease.ExtendAsync(by, cancel);
        promises.Step(process);
        await Task.Delay(work - before, time, cancel);
    }

    private TimeSpan Work(Inside run)
    {
        if (sabotage == Sabotage.Unreplayable)
            return TimeSpan.FromMilliseconds(s_drawnBefore++ % 1000);
        PlannedQueue queue = run.Message.Queue;
        if (!weather.Storm)
            return Shorter(Shorter(plan.LongestWork, TimeSpan.FromSeconds(20)), queue.TimeLimit / 2 ?? TimeSpan.MaxValue) * dice.NextDouble();
        bool outlives = dice.Next(100) < plan.OutlivesPer100;
        return outlives ? Shorter(3 * queue.Visibility, TimeSpan.FromSeconds(90)) : plan.LongestWork * dice.NextDouble();
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private bool Fails() => weather.Storm && dice.Next(100) < plan.FailuresPer100;

    private Outcome Failure(PlannedQueue queue) => dice.Next(8) switch
    {
        0 or 1 => throw new DrawnException(),
        2 => throw new HopelessException(),
        // Not the token's.
        3 => throw new OperationCanceledException(),
        4 => Outcome.Retry(queue.Fifo || !dice.OneIn(10) ? dice.Seconds(0, 90) : plan.Hours ? TimeSpan.FromHours(11) : TimeSpan.FromMinutes(10)),
        5 or 6 => Outcome.Reject("drawn"),
        _ => Outcome.Retry(),
    };

    private void Ends(Inside run, string how, OutcomeKind kind)
    {
        if (promises.IsDead(process.Name))
            return;
        promises.Ends(run, how, kind);
        promises.Step(process);
    }
}
