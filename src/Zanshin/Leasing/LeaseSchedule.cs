using Zanshin.Timing;

namespace Zanshin.Leasing;

/// <summary>
/// When a lease of one queue is extended, and by how much: pure arithmetic on the queue's visibility timeout.
/// All moments are on the worker's monotonic clock.
/// </summary>
internal sealed class LeaseSchedule(TimeSpan visibility)
{
    /// <summary>Under this a third of the timeout is too little to notice, extend and try again in.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(15);

    /// <summary>A margin under this leaves single calls no time: of the shortest timeouts more is taken, up to three quarters.</summary>
    private static readonly TimeSpan LeastMargin = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan LongestCall = TimeSpan.FromSeconds(5);

    public TimeSpan Visibility => visibility;

    /// <summary>What must be left of a lease when its extension goes out: a third, of a short timeout a half, of 1 and 2 s three quarters.</summary>
    public TimeSpan Margin { get; } = visibility >= Short ? visibility / 3 : Earlier(visibility * 0.75, visibility / 2 > LeastMargin ? visibility / 2 : LeastMargin);

    /// <summary>How long one extension call may take: three of them fit into the margin.</summary>
    public TimeSpan CallLimit
    {
        get
        {
            var third = TimeSpan.FromTicks(Margin.Ticks / 3);
            return third < LongestCall ? third : LongestCall;
        }
    }

    /// <summary>Extensions that fall due so soon after one that is due ride along in its batch.</summary>
    public TimeSpan Gather { get; } = visibility / 10;

    /// <summary>After this a call that its caller has given up is taken to have had its effect, or to have none.</summary>
    public static readonly TimeSpan LongestOnTheWay = TimeSpan.FromMinutes(1);

    public TimeSpan ExtendAt(TimeSpan deadline) => deadline - Margin;

    /// <param name="length">How long a stretch was asked for last: of one that is shorter than the timeout half is left.</param>
    public TimeSpan ExtendAt(TimeSpan deadline, TimeSpan length) => deadline - (length / 2 < Margin ? length / 2 : Margin);

    /// <summary>The pause after the nth failed call in a row: doubling from a tenth of a call's limit, jittered, at most one call's limit.</summary>
    public TimeSpan RetryAfter(int failures, double dice) =>
        CallLimit * (Math.Min(1, 0.1 * Math.Pow(2, Math.Min(failures - 1, 10))) * (0.5 + dice / 2));

    /// <summary>
    /// From when SQS counts the lease of a message that arrived: never before the call, nor after the answer less the way back, however long a poll has waited.
    /// The server's own clock says it to a second or better, and the lease begins at the earliest that it leaves open, within <see cref="GivenAway"/>: so it is
    /// not thought to last longer than it does. Where that clock says nothing, an answer that was read after the process stood still may have come at any time since.
    /// </summary>
    public TimeSpan ReceivedAt(HandOut handOut)
    {
        TimeSpan fresh = handOut.Answered - handOut.RoundTrip, at = fresh;
        if (handOut.ByServer is (TimeSpan from, TimeSpan to))
        {
            at = Later(from, Earlier(fresh, to) - GivenAway);
            if (handOut.Awake < handOut.Answered)
                at = Earlier(at, Later(from, handOut.Awake));
        }
        else if (handOut.Awake < handOut.Answered)
        {
            at = handOut.Awake - handOut.RoundTrip;
        }
        return Later(handOut.Called, Earlier(fresh, at));
    }

    /// <summary>How much of a lease is given away at most for the certainty that it is not thought too long: a tenth, and as far as half of it what the date of an answer leaves open.</summary>
    public TimeSpan GivenAway { get; } = Later(visibility / 10, Earlier(visibility / 2, TimeSpan.FromSeconds(2.25)));

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>Whether a lease that lasts until then cannot be extended further: whole seconds, and one to spare, leave at most two of the 12 hours.</summary>
    public static bool IsLast(TimeSpan deadline, TimeSpan received) => deadline >= received + SqsLimits.MaxVisibility - TimeSpan.FromSeconds(2);

    /// <summary>
    /// The whole seconds that a visibility change may ask for, so that 12 hours after the receipt are never passed;
    /// zero when there is not one left.
    /// </summary>
    public static int Seconds(TimeSpan wanted, TimeSpan received, TimeSpan now)
    {
        TimeSpan left = received + SqsLimits.MaxVisibility - now - TimeSpan.FromSeconds(1);
        return (int)Math.Max(0, Math.Min(Math.Ceiling(wanted.TotalSeconds), Math.Floor(left.TotalSeconds)));
    }
}
