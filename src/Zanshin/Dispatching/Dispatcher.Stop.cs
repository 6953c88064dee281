namespace Zanshin.Dispatching;

/// <content>The stop, step by step as the stop sequence takes them.</content>
internal sealed partial class Dispatcher
{
    /// <summary>A stop has begun.</summary>
    public bool StartsNone
    {
        get
        {
            lock (_lock)
                return _startsNone;
        }
    }

    /// <summary>From here nothing starts; what runs goes on.</summary>
    public (int Running, int Waiting) StartNoMore()
    {
        lock (_lock)
        {
            _startsNone = true;
            _inTurn = null;
            foreach (Throttle throttle in _lines.SelectMany(static l => l.Throttles))
                throttle.Drop();
            return (_ledger.Runs, _ledger.Waiting);
        }
    }

    /// <summary>Completed when the calls of application code that were decided on under the lock have been made.</summary>
    public Task CallsMade => _outside.Made;

    /// <summary>Completed when the application's polling strategy has answered.</summary>
    public Task StrategyAnswered => Task.WhenAll(Strategies().Select(static s => s.Answered));

    /// <summary>Lets go of the timers of polling strategies.</summary>
    public void EndStrategies()
    {
        foreach (StrategyTurns strategy in Strategies())
            strategy.Dispose();
    }

    private IEnumerable<StrategyTurns> Strategies() => new[] { _starts, _receives }.OfType<StrategyTurns>();

    /// <summary>Completed when no handler runs.</summary>
    public Task NoRuns()
    {
        lock (_lock)
        {
            if (_ledger.Runs == 0)
                return Task.CompletedTask;
            _noRuns ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _noRuns.Task;
        }
    }

    /// <summary>Cancels every run for the stop; gives their number.</summary>
    public int CancelRuns()
    {
        List<Run> runs;
        lock (_lock)
            runs = Runs();
        foreach (Run run in runs)
            run.Cancel(CancelReason.Stopping);
        return runs.Count;
    }

    /// <summary>Everything that waits at a queue whose last receive has returned goes back. SQS keeps a group locked until all of it is there.</summary>
    public Task GiveBackWaiting(QueueLine line)
    {
        List<Task> lives = [];
        lock (_lock)
        {
            foreach (Delivery delivery in All(line).Where(static d => d.State == DeliveryState.Waiting).ToList())
            {
                SetAside(delivery);
                delivery.Life = _surroundings.Begin(delivery, _life.GiveBackAsync);
                lives.Add(delivery.Life);
            }
        }
        return Task.WhenAll(lives);
    }

    /// <summary>Handlers that ignore their token: their messages go back, what they still return settles nothing.</summary>
    public List<Delivery> Orphan()
    {
        lock (_lock)
        {
            List<Run> orphans = Runs();
            foreach (Run orphan in orphans)
                orphan.Orphaned = true;
            return [.. orphans.SelectMany(static o => o.Deliveries)];
        }
    }

    /// <summary>The lives of all messages that are here and not orphaned.</summary>
    public Task Lives()
    {
        lock (_lock)
            return Task.WhenAll(_lines.SelectMany(All).Where(static d => d.Run is not { Orphaned: true }).Select(static d => d.Life).ToArray());
    }

    private List<Run> Runs() => [.. _lines.SelectMany(All).Where(static d => d.State == DeliveryState.Running).Select(static d => d.Run!).Distinct()];
}
