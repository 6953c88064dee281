using Zanshin.Sqs;

namespace Zanshin.Receiving;

/// <summary>
/// Learns how long a receive of a queue may wait for messages. What is between here and SQS may end a connection on which nothing comes for a while, and so may the client's own
/// Timeout. Two waits in a row that are ended so have the next ones wait less; when one of those is answered, that is known. Every hour the whole wait is tried again. Pure;
/// guarded by the receiver's lock.
/// </summary>
internal sealed class WaitTime(TimeSpan whole, TimeSpan? clientTimeout)
{
    private static readonly TimeSpan ProbeAfter = TimeSpan.FromHours(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private TimeSpan _wait = clientTimeout is { } timeout && timeout > TimeSpan.Zero && timeout <= whole ? Below(timeout) : whole;
    private (TimeSpan After, string Reason)? _suspect; // one wait was ended so, and none was answered since
    private (TimeSpan After, string Reason)? _unsaid; // learnt, and not yet confirmed by an answer
    private TimeSpan? _probeAt;
    private bool _learnt;

    /// <summary>How long the next receive waits: a whole number of seconds.</summary>
    public TimeSpan Next(TimeSpan now) => _probeAt <= now ? whole : _wait;

    /// <summary>What an answer says of the wait.</summary>
    /// <param name="asked">How long the receive was to wait.</param>
    /// <param name="took">How long it took to be answered.</param>
    /// <returns>What is to be said now, once; else null.</returns>
    public Learnt? Answered(TimeSpan asked, TimeSpan took, TimeSpan now)
    {
        // A wait that messages have ended says nothing.
        if (took < asked - Second)
            return null;
        if (asked >= _suspect?.After)
            _suspect = null;
        if (_learnt && asked > _wait)
        {
            (_wait, _learnt, _probeAt, _unsaid) = (asked, false, null, null);
            return new Learnt(asked, null, "");
        }
        if (_unsaid is not { } cut || asked != _wait)
            return null;
        _unsaid = null;
        _probeAt = now + ProbeAfter;
        return new Learnt(_wait, cut.After, cut.Reason);
    }

    /// <summary>Whether a failed receive was only ended while it waited, as far as can be told: then it is no failure of SQS, and the next is asked for at once.</summary>
    /// <param name="took">How long it took to fail.</param>
    public bool IsCut(TimeSpan asked, TimeSpan took, SqsFailure failure, TimeSpan now)
    {
        bool probes = _learnt && asked > _wait;
        if (!MayBeCut(asked, took, failure))
        {
            _suspect = null;
            return false;
        }
        if (probes)
        {
            _probeAt = now + ProbeAfter;
            return true;
        }
        // A server that went away ends one, and answers the next at once or not at all.
        if (_suspect is not { } before)
        {
            _suspect = (took, failure.Reason);
            return true;
        }
        TimeSpan after = before.After < took ? before.After : took;
        _suspect = null;
        _wait = Below(after);
        _learnt = true;
        _unsaid = (after, failure.Reason);
        return true;
    }

    // One that was asked to wait, had waited, and is told to be over before SQS's own answer, give or take a little, was due.
    private static bool MayBeCut(TimeSpan asked, TimeSpan took, SqsFailure failure) =>
        asked > Second && took >= Second && Below(took) < asked
        && failure.Kind is SqsFailureKind.NoAnswer or SqsFailureKind.Server or SqsFailureKind.NotSqs or SqsFailureKind.Unexpected && failure.Passes;

    private static TimeSpan Below(TimeSpan cut) => TimeSpan.FromSeconds(Math.Floor(cut.TotalSeconds * 0.9));

    /// <param name="Wait">How long receives wait from here on.</param>
    /// <param name="Cut">When longer ones are ended; null when they are not any more.</param>
    internal sealed record Learnt(TimeSpan Wait, TimeSpan? Cut, string Reason);
}
