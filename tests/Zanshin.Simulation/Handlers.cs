using Zanshin.Testing;

namespace Zanshin.Simulation;

/// <summary>What the handlers of one process do, with single messages and with batches: drawn anew for every run.</summary>
internal sealed class Handlers(Process process, Plan plan, Weather weather, Random dice, VirtualTime time, Promises promises, Sabotage sabotage)
    : IHandle<string>, IHandleBatch<string>, IBatchMiddleware
{
    private static int s_drawnBefore;

    private readonly Outcomes _outcomes = new(plan, dice);

    /// <summary>The batch that is about to be handled, with what cannot be read of it: its handler does not see that.</summary>
    private IReadOnlyList<Message> _batch = [];

    public ValueTask<Outcome> HandleAsync(Message<string> message, CancellationToken cancel)
    {
        if (promises.IsDead(process.Name))
            return new(Outcome.Retry());
        return OneAsync(RunAsync([message], cancel));

        static async ValueTask<Outcome> OneAsync(ValueTask<Outcome[]> run) => (await run)[0];
    }

    public ValueTask<BatchOutcome> InvokeAsync(IReadOnlyList<Message> batch, BatchDelegate next, CancellationToken cancel)
    {
        _batch = batch;
        return next(batch, cancel);
    }

    public ValueTask<BatchOutcome> HandleAsync(IReadOnlyList<Message<string>> batch, CancellationToken cancel)
    {
        if (promises.IsDead(process.Name))
            return new(Outcome.Retry());
        return AllAsync(RunAsync([.. sabotage == Sabotage.ReversesBatch ? _batch.Reverse() : _batch], cancel));

        async ValueTask<BatchOutcome> AllAsync(ValueTask<Outcome[]> run)
        {
            Outcome[] outcomes = await run;
            return _outcomes.Named(batch, sabotage == Sabotage.MixesUpBatch ? [outcomes[^1], .. outcomes[..^1]] : outcomes);
        }
    }

    // Not async itself, so that a handler may throw before it returns a task.
    private ValueTask<Outcome[]> RunAsync(Message[] messages, CancellationToken cancel)
    {
        Inside[] run = promises.Begins(process.Name, messages);
        if (sabotage == Sabotage.CountsTwice)
            promises.Begins(process.Name, messages);
        promises.Step(process);
        if (Fails() && dice.OneIn(5))
        {
            End(run, "throws at once", OutcomeKind.Retry);
            throw new DrawnException();
        }
        return WorkAsync(run, [.. messages.Where(static m => m.Type != PlannedQueue.UnknownType)], cancel);
    }

    /// <param name="messages">Those of the run that can be read.</param>
    private async ValueTask<Outcome[]> WorkAsync(Inside[] run, Message[] messages, CancellationToken cancel)
    {
        PlannedQueue queue = run[0].Message.Queue;
        (string how, OutcomeKind kind) = ("cancelled", OutcomeKind.Retry);
        Outcome[]? outcomes = null;
        try
        {
            bool heeds = dice.Next(100) >= plan.IgnoresTokenPer100;
            TimeSpan work = Work(queue);
            if (sabotage == Sabotage.LosesRun)
                Lose(run, "is lost");
            if (sabotage == Sabotage.LosesOneOfBatch && run.Length > 1)
                Lose(run[^1..], "is lost");
            if (sabotage == Sabotage.LeavesTimer && Array.Exists(run, static inside => inside.Message.Body.EndsWith(":1", StringComparison.Ordinal)))
                time.CreateTimer(static _ => { }, null, TimeSpan.FromDays(1), TimeSpan.FromDays(1));
            if (sabotage == Sabotage.OrphanUnnoted)
            {
                Lose(run, "is not noted");
                (work, heeds) = (TimeSpan.FromHours(1), false);
            }
            await WorkAsync(messages[dice.Next(messages.Length)], work, heeds ? cancel : CancellationToken.None);
            outcomes = Fails() ? _outcomes.OfFailure(queue, messages) : new Outcome[messages.Length];
            return outcomes;
        }
        catch (Exception exception) when (exception is DrawnException or LeaseLostException)
        {
            how = $"throws {exception.GetType().Name}";
            if (exception is HopelessException && queue.RejectsByException)
                kind = OutcomeKind.Reject;
            throw;
        }
        finally
        {
            End(run, how, kind, outcomes);
        }
    }

    private async Task WorkAsync(Message message, TimeSpan work, CancellationToken cancel)
    {
        if (dice.Next(100) >= plan.ExtendsPer100)
        {
            await Task.Delay(work, process.Clock, cancel);
            return;
        }
        TimeSpan before = work * dice.NextDouble();
        await Task.Delay(before, process.Clock, cancel);
        // Also shorter than what is left, and as long as SQS allows.
        TimeSpan by = dice.OneIn(50) ? TimeSpan.FromHours(12) : dice.Seconds(1, 60);
        await message.Lease.ExtendAsync(by, cancel);
        promises.Step(process);
        await Task.Delay(work - before, process.Clock, cancel);
    }

    private TimeSpan Work(PlannedQueue queue)
    {
        if (sabotage == Sabotage.Unreplayable)
            return TimeSpan.FromMilliseconds(s_drawnBefore++ % 1000);
        if (!weather.Storm)
            return Shorter(Shorter(plan.LongestWork, TimeSpan.FromSeconds(20)), queue.TimeLimit / 2 ?? TimeSpan.MaxValue) * dice.NextDouble();
        bool outlives = dice.Next(100) < plan.OutlivesPer100;
        return outlives ? Shorter(3 * queue.Visibility, TimeSpan.FromSeconds(90)) : plan.LongestWork * dice.NextDouble();
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private bool Fails() => weather.Storm && dice.Next(100) < plan.FailuresPer100;

    private void Lose(Inside[] run, string how) => Array.ForEach(run, inside => promises.Ends(inside, how, OutcomeKind.Retry));

    /// <param name="outcomes">Of the messages that can be read, each its own; null where none has one.</param>
    private void End(Inside[] run, string how, OutcomeKind kind, Outcome[]? outcomes = null)
    {
        if (promises.IsDead(process.Name))
            return;
        int next = 0;
        foreach (Inside inside in run)
        {
            if (inside.Message.Unreadable)
                promises.Ends(inside, "cannot be read", OutcomeKind.Reject);
            else if (outcomes is null)
                promises.Ends(inside, how, kind);
            else
                End(inside, outcomes[next++]);
        }
        promises.Step(process);
    }

    private void End(Inside inside, Outcome outcome) =>
        promises.Ends(inside, outcome.ToString(), Noted(outcome.Kind), (outcome.Delay ?? TimeSpan.Zero) * (sabotage == Sabotage.RetriesSooner ? 2 : 1));

    private OutcomeKind Noted(OutcomeKind kind) =>
        sabotage == Sabotage.DoneUnnoted || (sabotage == Sabotage.RejectUnnoted && kind == OutcomeKind.Reject) ? OutcomeKind.Retry : kind;
}
