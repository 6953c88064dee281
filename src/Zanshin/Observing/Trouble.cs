using Microsoft.Extensions.Logging;
using Zanshin.Sqs;
using Zanshin.Timing;

namespace Zanshin.Observing;

/// <summary>
/// The failures in a row of one kind of call to one queue: logged when they begin and when they are over, and how long
/// to pause after each. Thread-safe.
/// </summary>
/// <param name="endpoint">What the calls go to, where others call it too.</param>
/// <param name="asked">Where the calls go to, for messages to people; null where that says nothing.</param>
/// <param name="clientGone">Told, instead of the log, of a client that was disposed of.</param>
internal sealed class Trouble(
    string what, string queue, ILogger logger, Surroundings surroundings, Endpoint? endpoint = null, Func<string>? asked = null, Action? clientGone = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);

    /// <summary>A failure that no call has repeated for so long, because there was nothing to call for, says nothing any more.</summary>
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new(); // guards all below
    private int _inARow;
    private TimeSpan _since;
    private TimeSpan _lastGood = surroundings.Now;
    private TimeSpan _lastBad;
    private TimeSpan _counted; // when the last one of the row was known
    private long _answers; // of the endpoint, by then
    private SqsFailure? _last;

    /// <summary>Called when the endpoint answers again after an outage: what pauses may try now. Null for nobody. Set before the first call.</summary>
    public Action? TryAgain { get; set; }

    /// <summary>The failure that stands, or null.</summary>
    public SqsFailure? Last
    {
        get
        {
            lock (_lock)
                return _last;
        }
    }

    /// <summary>The failure that stands, in words, or null.</summary>
    public string? Standing => Last is { } last ? $"cannot {what}: {Reason(last)}" : null;

    /// <summary>The same, but null when the failure is stale.</summary>
    public string? Recent
    {
        get
        {
            lock (_lock)
                return surroundings.Now - _lastBad < Stale ? Standing : null;
        }
    }

    /// <summary>How long calls have been tried in vain: from the first failure in a row until now, or until there was nothing to call for any more.</summary>
    public TimeSpan TriedFor
    {
        get
        {
            lock (_lock)
            {
                if (_last is null)
                    return TimeSpan.Zero;
                TimeSpan now = surroundings.Now, tried = _lastBad + LongestPause;
                return (now < tried ? now : tried) - _since;
            }
        }
    }

    /// <summary>How long ago a call of this kind worked (or the worker was made).</summary>
    public TimeSpan SinceGood
    {
        get
        {
            lock (_lock)
                return surroundings.Now - _lastGood;
        }
    }

    /// <summary>
    /// A call failed. Gives the pause before the next: doubling from 0.2 s to 20 s, jittered by half. What was called before the last failure was known is
    /// of the same moment, and counts with it: open calls that fail together are one failure.
    /// </summary>
    /// <param name="called">When the call began.</param>
    /// <param name="wait">How long it was to wait for messages: a call that hung has failed since its answer was due.</param>
    public TimeSpan Met(SqsFailure failure, TimeSpan called, TimeSpan wait = default)
    {
        int inARow;
        long answers;
        lock (_lock)
        {
            // Others that began later have worked: what it tells of is over.
            if (_inARow == 0 && called < _lastGood)
                return Pause(1);
            (_last, _lastBad) = (failure, surroundings.Now);
            if (_inARow > 0 && called <= _counted)
                return Pause(_inARow);
            inARow = ++_inARow;
            _counted = surroundings.Now;
            (answers, _answers) = (_answers, endpoint?.Answers ?? 0);
            if (inARow == 1)
                _since = called + wait < surroundings.Now ? called + wait : surroundings.Now;
        }
        if (failure.Kind == SqsFailureKind.ClientDisposed && clientGone is not null)
            clientGone();
        else if (inARow == 1)
            logger.CallsFail(what, queue, failure.Kind, Reason(failure));
        else if (TryAgain is { } tryAgain)
            endpoint?.Troubled(this, answers, tryAgain);
        return Pause(inARow);
    }

    public void Over()
    {
        int inARow;
        TimeSpan lasted;
        lock (_lock)
        {
            _lastGood = surroundings.Now;
            (inARow, _inARow, _last) = (_inARow, 0, null);
            lasted = _lastGood - _since;
        }
        if (inARow == 0)
            return;
        Forget();
        logger.CallsWork(what, queue, inARow, lasted);
    }

    // Of what is no SQS, where it was met. Without a last full stop: the sentence goes on.
    private string Reason(SqsFailure failure) =>
        failure.Kind == SqsFailureKind.NotSqs && asked is not null ? $"{failure.Reason.TrimEnd('.')}; asked was {asked()}" : failure.Reason.TrimEnd('.');

    /// <summary>Nobody calls any more.</summary>
    public void Forget() => endpoint?.Over(this);

    private TimeSpan Pause(int inARow)
    {
        TimeSpan pause = FirstPause * Math.Pow(2, Math.Min(inARow - 1, 10));
        return (pause < LongestPause ? pause : LongestPause) * (0.5 + surroundings.Dice() / 2);
    }
}
