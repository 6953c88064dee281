namespace Zanshin.Sqs;

/// <summary>
/// What is known of the server's clock: by how much it is ahead of the worker's own, at least and at most. Each answer says that its date lies between
/// its call and its arrival; many together say it to about a round trip. Pure arithmetic behind a lock; thread-safe.
/// </summary>
internal sealed class ServerClock
{
    /// <summary>How far two clocks may part in a second: what is known grows old.</summary>
    private const double Drift = 100e-6;

    private readonly Lock _lock = new(); // guards all below
    private Offset? _known;
    private Offset? _contradiction;
    private TimeSpan _at;
    private bool _steps;

    /// <summary>An answer has come.</summary>
    /// <param name="from">The earliest moment at which the server can have made it: the call, or the end of a poll's wait.</param>
    /// <param name="arrived">When it was read.</param>
    /// <param name="date">When the server made it, on its own clock.</param>
    /// <param name="width">What the date leaves open: it may have been so much later.</param>
    /// <returns>How far the server is ahead of all that was thought possible: the own clock stood still, or the server's was set.</returns>
    public TimeSpan Heard(TimeSpan from, TimeSpan arrived, TimeSpan date, TimeSpan width)
    {
        var said = new Offset(date - arrived, date + width - from);
        lock (_lock)
        {
            if (Now(arrived) is not { } known || said.Meets(known))
            {
                (_known, _at, _contradiction) = (said.And(_known is null ? said : Now(arrived)!.Value), Later(_at, arrived), null);
                return TimeSpan.Zero;
            }
            TimeSpan ahead = said.Least - known.Most;
            if (ahead > TimeSpan.Zero && !_steps)
                return ahead;
            // A single answer from elsewhere is let pass; two in a row that agree are believed: the clock was set. From one that was set back
            // nothing is concluded about the own clock any more.
            if (_contradiction is { } other && said.Meets(other))
                (_known, _at, _contradiction, _steps) = (said.And(other), arrived, null, true);
            else
                _contradiction = said;
            return TimeSpan.Zero;
        }
    }

    /// <summary>An answer speaks of something that the server did at this moment of its own clock, in this call or one before.</summary>
    public void HeardOf(TimeSpan date, TimeSpan arrived)
    {
        lock (_lock)
        {
            if (Now(arrived) is { } known && date - arrived > known.Least && date - arrived <= known.Most)
                (_known, _at) = (known with { Least = date - arrived }, Later(_at, arrived));
        }
    }

    /// <summary>When something happened that the server has dated: at the earliest and at the latest, on the worker's clock. Null while too little is known.</summary>
    public (TimeSpan From, TimeSpan To)? When(TimeSpan date, TimeSpan width, TimeSpan now)
    {
        lock (_lock)
            return _contradiction is null && Now(now) is { } known ? (date - known.Most, date + width - known.Least) : null;
    }

    /// <summary>How much of time the own clock has missed by this answer, at least and at most. Null while too little is known.</summary>
    public (TimeSpan Least, TimeSpan Most)? Missed(TimeSpan from, TimeSpan arrived, TimeSpan date, TimeSpan width)
    {
        lock (_lock)
            return Now(arrived) is { } known ? (date - arrived - known.Most, date + width - from - known.Least) : null;
    }

    /// <summary>The own clock has moved on by itself: nothing is known any more.</summary>
    public void Forget()
    {
        lock (_lock)
            (_known, _contradiction) = (null, null);
    }

    private Offset? Now(TimeSpan now)
    {
        TimeSpan drift = now > _at ? (now - _at) * Drift : TimeSpan.Zero;
        return _known is { } known ? new(known.Least - drift, known.Most + drift) : null;
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private readonly record struct Offset(TimeSpan Least, TimeSpan Most)
    {
        public bool Meets(Offset other) => Least <= other.Most && other.Least <= Most;

        public Offset And(Offset other) => new(Later(Least, other.Least), Most < other.Most ? Most : other.Most);
    }
}
