namespace Zanshin.Sqs;

/// <summary>
/// One SQS endpoint, as its queues see it: the first answer after an outage ends the pauses of all that wait for it. Calls that fail while others
/// are answered have a trouble of their own, and keep their pauses. Thread-safe.
/// </summary>
internal sealed class Endpoint
{
    private readonly Lock _lock = new(); // guards all below
    private readonly Dictionary<object, (long Answers, Action TryAgain)> _waiting = [];
    private long _answers;

    /// <summary>How many calls were answered: two readings tell whether any was in between.</summary>
    public long Answers
    {
        get
        {
            lock (_lock)
                return _answers;
        }
    }

    /// <summary>Two calls in a row have failed.</summary>
    /// <param name="who">Whose calls; said again, the newer counts.</param>
    /// <param name="answers">How many were answered when the first of the two failed.</param>
    /// <param name="tryAgain">Called at the next answer, if that is the first since then.</param>
    public void Troubled(object who, long answers, Action tryAgain)
    {
        lock (_lock)
            _waiting[who] = (answers, tryAgain);
    }

    public void Over(object who)
    {
        lock (_lock)
            _waiting.Remove(who);
    }

    /// <summary>A call of anybody was answered.</summary>
    public void Answered()
    {
        List<Action>? tryAgain = null;
        lock (_lock)
        {
            foreach ((object who, (long answers, Action again)) in _waiting)
            {
                if (answers != _answers)
                    continue;
                (tryAgain ??= []).Add(again);
                _waiting.Remove(who);
            }
            _answers++;
        }
        tryAgain?.ForEach(static again => again());
    }
}
