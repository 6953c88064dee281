using Zanshin.Observing;
using Zanshin.Pipeline;

namespace Zanshin.Dispatching;

/// <summary>
/// The failures of one run: each exception is judged once, and told to whoever asked to be told of failures. Inside of the run's DI scope where it
/// comes from there; what only shows when that scope ends is told in another. Belongs to its run.
/// </summary>
internal sealed class RunFailures(Run run, Delivery[] deliveries, Judge judge)
{
    private readonly QueueLine _line = run.Line;
    private Exception? _judged;
    private bool _unreadableJudged;

    /// <summary>By place in the batch, where its body could not be read. Filled in by the pipeline; empty on a queue of single messages.</summary>
    public UnreadableMessageException?[] Unreadable { get; } = run.Line.Batches is null ? [] : new UnreadableMessageException?[deliveries.Length];

    /// <summary>Whether it only says that the run was cancelled, for a stop or a lost lease: then nothing has failed.</summary>
    public bool IsGivenUp(Exception exception) =>
        exception is OperationCanceledException && exception != _judged && run.CancelReason is CancelReason.Stopping or CancelReason.LeaseLost;

    /// <summary>Gives every message its verdict. Whether that is new.</summary>
    public async ValueTask<bool> JudgeAsync(Exception exception)
    {
        if (exception == _judged)
            return false;
        _judged = exception;
        _line.Counts.Add(Count.FailedRuns);
        bool rejects = Judge.IsReject(deliveries[0], exception);
        await Judge.LookAgainAsync(deliveries, rejects || Array.Exists(Unreadable, static problem => problem is not null));
        for (int i = 0; i < deliveries.Length; i++)
            deliveries[i].Verdict = Unreadable.ElementAtOrDefault(i) is { } problem ? judge.Threw(deliveries[i], problem, rejects: true) : judge.Threw(deliveries[i], exception, rejects);
        _unreadableJudged = true;
        if (rejects)
            return true;
        run.Well = false;
        // What has had its last receive is not retried: that is told when it ends.
        if (Array.Find(deliveries, static d => d.Verdict.Kind == VerdictKind.Retry && !Judge.BecomesDeadLetter(d)) is not { } first)
            return true;
        if (deliveries.Length == 1)
            _line.Logger.RunFailed(exception, first.Id, _line.Name, first.Attempt, first.Verdict.Delay);
        else
            _line.Logger.BatchFailed(exception, deliveries.Length, _line.Name, first.Id, first.Attempt, first.Verdict.Delay);
        return true;
    }

    /// <summary>Gives those of a batch their verdicts that could not be read.</summary>
    public async ValueTask JudgeUnreadableAsync()
    {
        if (_unreadableJudged)
            return;
        _unreadableJudged = true;
        if (!Array.Exists(Unreadable, static problem => problem is not null))
            return;
        await Judge.LookAgainAsync(deliveries, rejects: true);
        for (int i = 0; i < Unreadable.Length; i++)
        {
            if (Unreadable[i] is { } problem)
                deliveries[i].Verdict = judge.Threw(deliveries[i], problem, rejects: true);
        }
    }

    /// <param name="messages">The run's, with the services of its scope.</param>
    /// <param name="exception">What came through all middleware; null when only bodies could not be read.</param>
    public async ValueTask TellAsync(Message[] messages, Exception? exception)
    {
        if (exception is null)
            await JudgeUnreadableAsync();
        else if (IsGivenUp(exception) || !await JudgeAsync(exception))
            return;
        // The handler is over: its time limit does not count any more.
        _line.Leases.LimitRun(run.Deliveries[0].Lease, TimeSpan.MaxValue);
        await _line.Failures.TellAsync(Of(messages), run.Token);
    }

    public List<Failure> Of(Message[] messages)
    {
        List<Failure> failures = [];
        for (int i = 0; i < messages.Length; i++)
        {
            if ((Unreadable.ElementAtOrDefault(i) ?? _judged) is { } exception)
                failures.Add(new Failure(messages[i], exception, Judge.Foreseen(deliveries[i])));
        }
        return failures;
    }
}
