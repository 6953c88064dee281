namespace Zanshin.Dispatching;

/// <summary>
/// The share of what it asks for that the next receive of a queue is likely to bring within a few round trips, by what came of the last ones: after one that was
/// full, and after one that was not. Nothing until it is shown. Pure; guarded by the dispatcher's lock.
/// </summary>
internal sealed class Yield
{
    private const double Weight = 0.5;

    private double? _afterFull;
    private double? _afterShort;

    /// <summary>Whether the last answer was full.</summary>
    public bool Full { get; private set; }

    /// <summary>Whether anything is expected.</summary>
    public bool Any => Of(SqsLimits.Batch) > 0;

    public int Of(int max) => (int)Math.Round(max * ((Full ? _afterFull : _afterShort) ?? 0));

    public void Answered(Reservation receive, int received)
    {
        if (!receive.Lent)
            Learn(receive, received);
        Full = received >= receive.Max;
    }

    /// <summary>The receive has brought nothing so far, and is not waited for any longer.</summary>
    public void Waits(Reservation receive) => Learn(receive, 0);

    private void Learn(Reservation receive, int received)
    {
        double share = Math.Min(1, (double)received / receive.Max);
        if (receive.AfterFull == true)
            _afterFull = Mean(_afterFull, share);
        else if (receive.AfterFull == false)
            _afterShort = Mean(_afterShort, share);
    }

    private static double Mean(double? mean, double share) => mean is { } before ? before + (share - before) * Weight : share;
}
