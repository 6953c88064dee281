namespace Zanshin.Dispatching;

/// <summary>So many starts a second, smoothly: tokens come one by one, and a second's worth is kept at most (one, where a second brings less). On the worker's clock.</summary>
internal sealed class TokenBucket : Throttle
{
    /// <summary>In seconds: a day. A very low rate is asked again before its next token comes.</summary>
    private const double LongestWait = 86_400;

    private double? _perSecond;
    private double _tokens;
    private TimeSpan _filled = TimeSpan.MinValue;

    public TokenBucket(double? perSecond) => PerSecond = perSecond;

    /// <summary>Null for no limit. A change leaves what is in the bucket, or fills one that had no limit.</summary>
    public double? PerSecond
    {
        get => _perSecond;
        set
        {
            if (_perSecond is null)
                _filled = TimeSpan.MinValue;
            _perSecond = value;
        }
    }

    public override Allowance Allows(QueueLine line, TimeSpan now, out TimeSpan again) => Allows(now, out again) ? Allowance.Granted : Allowance.Refused;

    public bool Allows(TimeSpan now, out TimeSpan again)
    {
        again = default;
        if (_perSecond is not { } rate)
            return true;
        Fill(now, rate);
        // A hair less than one, for what rounding has taken.
        if (_tokens >= 1 - 1e-6)
            return true;
        again = now + TimeSpan.FromSeconds(Math.Min((1 - _tokens) / rate, LongestWait));
        return false;
    }

    public override double Soon(TimeSpan now, TimeSpan time)
    {
        if (_perSecond is not { } rate)
            return double.PositiveInfinity;
        Fill(now, rate);
        return _tokens + rate * time.TotalSeconds;
    }

    public override Permit? Take()
    {
        _tokens = Math.Max(0, _tokens - 1);
        return null;
    }

    private void Fill(TimeSpan now, double rate)
    {
        double most = Math.Max(1, rate);
        _tokens = _filled == TimeSpan.MinValue ? most : Math.Min(most, _tokens + rate * (now - _filled).TotalSeconds);
        _filled = now;
    }
}
