namespace Zanshin.Simulation;

/// <summary>What handlers that fail make of their messages: drawn anew for every run.</summary>
internal sealed class Outcomes(Plan plan, Random dice)
{
    /// <summary>Of each message in its place.</summary>
    public Outcome[] OfFailure(PlannedQueue queue, IReadOnlyList<Message> messages)
    {
        if (dice.OneIn(2))
            throw Exception();
        if (queue.Batch == 1)
            return [NotDone(queue)];
        int oneIn = dice.Next(1, 8);
        // What comes after a message that its group must wait for should not be done either; not every handler cares.
        bool cares = !dice.OneIn(4);
        HashSet<string?> waits = [];
        return [.. messages.Select(message =>
        {
            Outcome outcome = waits.Contains(message.Group) || dice.OneIn(oneIn) ? NotDone(queue) : Outcome.Done;
            if (queue.Fifo && cares && outcome.Kind == OutcomeKind.Retry)
                waits.Add(message.Group);
            return outcome;
        })];
    }

    /// <summary>The same as a batch handler says it: some are named, others are not.</summary>
    public BatchOutcome Named<T>(IReadOnlyList<Message<T>> batch, Outcome[] outcomes)
    {
        var named = new BatchOutcome(dice.OneIn(2) ? Outcome.Done : outcomes[dice.Next(outcomes.Length)]);
        for (int i = 0; i < batch.Count; i++)
        {
            if (outcomes[i] != named.Others || dice.OneIn(2))
                named[batch[i]] = outcomes[i];
        }
        return named;
    }

    private Exception Exception() => dice.Next(4) switch
    {
        0 or 1 => new DrawnException(),
        2 => new HopelessException(),
        // Not the token's.
        _ => new OperationCanceledException(),
    };

    private Outcome NotDone(PlannedQueue queue) => dice.Next(4) switch
    {
        0 => Outcome.Retry(queue.Fifo || !dice.OneIn(10) ? dice.Seconds(0, 90) : plan.Hours ? TimeSpan.FromHours(11) : TimeSpan.FromMinutes(10)),
        1 or 2 => Outcome.Reject("drawn"),
        _ => Outcome.Retry(),
    };
}
